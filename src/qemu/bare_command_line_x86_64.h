// The QEMU command line for a bare kernel that quiz itself has loaded (`quiz boot`): a pure
// function, like command_line.h for runs. Nothing of a run is there: no wire, no shares, no
// initramfs of ours.
#pragma once

#include <string>
#include <vector>

#include "machine/machine_spec.h"

namespace quiz::qemu {

/// How a bare kernel's machine gets its content, and how it talks to its owner.
struct BarePlumbing {
  /// without firmware: the boot ROM; a PC: the option ROM.
  std::string rom;
  /// without firmware: the guest's memory as the plan wants it, mapped privately; a PC: the
  /// hand-off page and the segments, for the option ROM.
  std::string content;
  /// The serial port: two named pipes of this name, ".in" and ".out" behind it.
  std::string console;
  int control = -1;  ///< QMP: the number of a connected stream socket in QEMU
  /// A second QMP, for others: the number of a listening socket in QEMU; -1: none.
  int monitor_socket = -1;
  bool sandbox = false;  ///< as in Plumbing
};

/// Where a guest ends the machine: an exit status of (value << 1) | 1.
inline constexpr unsigned kDebugExitPort = 0xF4;

/// argv for the machine of spec.plan, which stands until QMP continues it.
std::vector<std::string> bare_command_line(const std::string& program,
                                           const machine::MachineSpec& spec,
                                           const BarePlumbing& plumbing);

}  // namespace quiz::qemu
