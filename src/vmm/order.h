// What quiz tells its monitor process and what it hears from it. Both are of one build, so these
// are plain structures; but the process may have been taken over by its guest, so what it says is
// checked (src/kvm). Freestanding.
#pragma once

#include <linux/kvm.h>

#include <cstdint>

namespace quiz::vmm {

// The descriptors that the process is started with. It opens nothing.
inline constexpr int kControl = 3;  ///< a stream socket: Message both ways
inline constexpr int kContent = 4;  ///< an Order, its lists, and then the pieces' bytes in turn
inline constexpr int kKvm = 5;      ///< /dev/kvm
inline constexpr int kConsoleOutput = 6;  ///< the serial port, for writing: blocks where it is full
inline constexpr int kConsoleInput = 7;   ///< the same, for reading: nonblocking
/// By which the CPUs wake the thread that serves the console; the process makes it.
inline constexpr int kWake = 8;
inline constexpr int kWire = 9;  ///< to the guest's init: a stream socket, nonblocking
inline constexpr int kFirstFile = 10;

/// What lies where in the guest's memory.
struct Piece {
  std::uint64_t address;
  std::uint64_t size;
};

/// A disk; its file has a descriptor from kFirstFile on, in order.
struct DiskOrder {
  std::uint64_t bytes;
  std::uint32_t sector;  ///< 512 or 4096
  std::uint8_t read_only;
  std::uint8_t kept;  ///< what the guest flushes reaches the host's disk
  char name[20];      ///< its serial number; ends with a NUL if it is shorter
  std::uint8_t reserved[6];
};

/// A directory; the packets of its file server have a descriptor behind the disks', in order.
struct ShareOrder {
  char tag[36];  ///< ends with a NUL if it is shorter
};

/// The machine, and the boot CPU's state at its first instruction.
struct Order {
  std::uint64_t memory;      ///< bytes
  std::uint64_t low_memory;  ///< of it below 4 GiB; the rest is from there on
  std::uint32_t cpus;
  std::uint32_t pieces;
  std::uint32_t filter;  ///< 1: it allows itself only the system calls that it needs
  std::uint32_t disks;   ///< DiskOrders behind the Pieces; and then the ShareOrders
  std::uint32_t shares;
  std::uint32_t wire;  ///< 1: there is a wire, and with it a source of entropy
  kvm_regs registers;
  /// What the CPU has beyond that (the base of its interrupt controller) stays as KVM makes it.
  kvm_sregs system_registers;
};

/// More than any plan has.
inline constexpr std::uint32_t kMostPieces = 4096;
/// Virtio devices: as many as the kernel's command line has room to name.
inline constexpr std::uint32_t kMostDevices = 24;

/// Where a device's registers are, and its interrupt line, by its number: the wire has the first
/// and the entropy the second; then the shares and the disks.
inline constexpr std::uint64_t kDeviceBase = 0xD0000000;
inline constexpr std::uint64_t kDeviceStep = 0x1000;
constexpr unsigned device_line(unsigned number) {
  constexpr unsigned char kLines[] = {5, 6, 7, 9, 10, 11, 12, 14, 15};  // the ISA bus's free ones
  return kLines[number % sizeof kLines];
}

enum class Word : std::uint32_t {
  // To the process.
  pause = 1,
  resume,
  system_request,  ///< value: the key
  interrupt,       ///< an NMI for each CPU
  // From it.
  running,  ///< the CPUs begin
  paused,   ///< all of them stand
  reset,    ///< the guest's end follows
  failed,   ///< text says what; the process's end follows
};

struct Message {
  Word word;
  std::int32_t value;
  char text[248];  ///< ends with a NUL
};
static_assert(sizeof(Message) == 256);

}  // namespace quiz::vmm
