// The filter of system calls (seccomp(2)) for a QEMU: what it needs is allowed, what is unknown is
// answered as if the kernel did not have it. Pure: a program for the kernel, made before the child.
//
// Not by libseccomp: its rules have no order, and it cannot say "any of these bits".
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace quiz::confinement {

struct FilterRequest {
  bool broker = true;  ///< files are opened for writing, and programs started, by the broker only
  bool writable = false;  ///< files below some directories may be made, changed and removed
  /// Modes, times and attributes are changed by the broker only: of all that changes a file these
  /// alone are nothing that Landlock watches.
  bool attributes = false;
  bool network = false;
};

/// As the kernel's sock_filter.
struct Instruction {
  std::uint16_t code = 0;
  std::uint8_t if_true = 0;
  std::uint8_t if_false = 0;
  std::uint32_t operand = 0;
};

struct Filter {
  std::vector<Instruction> program;
  /// Where the child's own process number has to be put, which nobody knows before it is there.
  std::vector<std::size_t> process_numbers;
};

/// Empty where this is no architecture that we know.
Filter make_filter(const FilterRequest& request);

/// Puts the filter in force for the calling thread, which needs no_new_privs or CAP_SYS_ADMIN, for
/// good. With `listen` returns the broker's descriptor, else 0; -1 with errno. Only system calls.
int install_filter(Filter& filter, bool listen) noexcept;

}  // namespace quiz::confinement
