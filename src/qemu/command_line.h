// The QEMU command line as a pure function of the machine's description.
#pragma once

#include <string>
#include <vector>

#include "machine/machine_spec.h"

namespace quiz::qemu {

/// How the machine talks to its owner.
struct Plumbing {
  bool attached = true;  ///< false: stands alone, console on stdio, no wire (--dry-run)
  int wire = -1;         ///< descriptor numbers in QEMU: connected stream sockets
  int console = -1;
  int control = -1;  ///< QMP
  int lan = -1;      ///< a connected datagram socket; -1: frames go nowhere
  /// A file that is the guest's RAM; empty: anonymous memory.
  std::string memory{};
  bool memory_shared = false;  ///< what the guest writes goes into the file, else it stays private
  bool incoming = false;       ///< goes on from a saved state, that QMP starts to load
  /// The machine is only booted to be saved: instead of the disks' files it has nothing but zeros,
  /// and no ports of the host.
  bool blank = false;
  bool sandbox = false;  ///< this QEMU can filter its own system calls
  bool lax = false;      ///< it does not itself refuse to write where the guest may not
};

/// The words for Plumbing::sandbox, for any machine of ours.
inline constexpr char kSandbox[] =
    "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny";

/// The names under which the guest and the monitor find things.
inline constexpr char kWireName[] = "quiz.wire";

/// The value of -drive for a disk.
std::string drive_option(const machine::Disk& disk);
/// The value of -accel.
std::string accelerator_option(machine::Accelerator accelerator);
/// QEMU's option syntax doubles a comma inside a value.
std::string escaped(const std::string& value);

/// Throws base::Error when no board has a place for all of its devices.
void check_room(const machine::MachineSpec& spec);

/// Bytes of the command line that the guest's kernel will get, what QEMU adds included.
std::size_t kernel_line_size(const machine::MachineSpec& spec);

/// argv for QEMU; argv[0] is `program`. Pure: the same arguments give the same words.
std::vector<std::string> command_line(const std::string& program, const machine::MachineSpec& spec,
                                      const Plumbing& plumbing);

}  // namespace quiz::qemu
