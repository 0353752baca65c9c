// The guest's kernel command line, as far as a run decides it; a back end adds console and wire.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "kernel/kernel.h"
#include "machine/machine_spec.h"

namespace quiz::run {

struct KernelOptions {
  machine::Accelerator accelerator = machine::Accelerator::tcg;
  base::Architecture architecture = base::host_architecture();
  std::uint64_t tsc_khz = 0;  ///< of the host; 0: unknown
  unsigned timer_hz = 0;      ///< of the kernel; 0: unknown
  bool panic_on_oops = false;
  bool whole_log = false;   ///< someone reads the console: all of the kernel's log goes there
  bool boot_timed = false;  ///< every initcall leaves in the log how long it took
  bool root_disk = false;   ///< the base of `/` is on the disk of machine::kRootDisk
  std::string additional;   ///< the user's own
  bool gdb = false;         ///< a debugger comes: it lies where its symbols say
};

/// Pure.
std::string kernel_command_line(const KernelOptions& options);

/// Throws base::Error where the kernel would not get all of its options: `additional` has the word
/// `--`, behind which everything is for init, or the whole line, of `size` bytes, is longer than
/// the `longest` that the kernel takes, and would be cut without a word.
void check_command_line(const std::string& additional, std::size_t size, std::size_t longest);

/// Whether the kernel's configuration has virtio-mmio and its command line built in
/// (MachineSpec::devices_by_command_line).
bool finds_devices_by_command_line(const kernel::Kernel& kernel);

/// CONFIG_HZ of the kernel; 0 if its configuration is not known.
unsigned timer_hz(const kernel::Kernel& kernel);

}  // namespace quiz::run
