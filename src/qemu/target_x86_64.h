// QEMU's PCs: q35 with PCI and ACPI, and microvm, the least that Linux can boot on. Beside
// target.cc only the command line for bare kernels knows of it.
#pragma once

#include "qemu/target.h"

namespace quiz::qemu {

/// Without PIT and PIC a guest under emulation has no working timer; without an RTC the kernel
/// waits a second for it.
inline constexpr char kMicrovm[] =
    "microvm,acpi=off,rtc=on,pit=on,pic=on,isa-serial=on,usb=off,pcie=off,graphics=off";
/// Transports of a microvm without ACPI (hw/i386/microvm.c) are eight, but one of them shares its
/// interrupt with the clock.
inline constexpr unsigned kMicrovmDevices = 7;

/// Since Linux 5.3: a restart is a cold one, as ever, but that of a panic is a warm one, and the
/// kernel writes into the BIOS's data area which it is (native_machine_emergency_restart in
/// arch/x86/kernel/reboot.c).
inline constexpr char kRestartAfterPanic[] = "reboot=panic_warm";
inline constexpr PanicMark kWarmRestart = {0x472, 0x1234};

const Board& board_q35();
const Board& board_microvm();
const Target& target_x86_64();
/// The same machines for kernels of 32 bits.
const Target& target_i686();

}  // namespace quiz::qemu
