// The QEMU command line for a bare kernel that quiz itself has loaded (`quiz boot`): a pure
// function, like command_line.h for runs. Nothing of a run is there: no wire, no shares, no
// initramfs of ours.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "boot/platform.h"
#include "machine/machine_spec.h"

namespace quiz::qemu {

struct BareMachine {
  machine::Accelerator accelerator = machine::Accelerator::tcg;
  boot::Board board = boot::Board::microvm;
  unsigned cpus = 1;
  std::uint64_t memory_mib = 0;
  /// microvm: the boot ROM; a PC: the option ROM.
  std::string rom;
  /// microvm: the guest's memory as the plan wants it, mapped privately; a PC: the hand-off page
  /// and the segments, for the option ROM.
  std::string content;
  /// The serial port: two named pipes of this name, ".in" and ".out" behind it.
  std::string console;
  /// A second QMP, for others: the number of a listening socket in QEMU; -1: none.
  int monitor_socket = -1;
  bool sandbox = false;  ///< as in Plumbing
};

/// Where a guest ends the machine: an exit status of (value << 1) | 1.
inline constexpr unsigned kDebugExitPort = 0xF4;

/// argv; the machine stands until QMP continues it. `control` is the number of a connected stream
/// socket in QEMU.
std::vector<std::string> bare_command_line(const std::string& program, const BareMachine& machine,
                                           int control);

}  // namespace quiz::qemu
