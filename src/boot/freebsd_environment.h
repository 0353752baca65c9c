// What FreeBSD's kernel is told in words: its environment (tunables and hints of devices) and the
// flags of the boot, out of the command line and NAME=VALUE. Pure; freebsd_plan.cc puts it into
// memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace quiz::boot {

struct FreebsdBoot {
  std::uint32_t how = 0;               ///< FreebsdHow
  std::vector<std::string> variables;  ///< NAME=VALUE, each name once

  /// As the kernel takes them: each with its NUL, and another NUL behind the last.
  std::string environment() const;
};

/// A command line as FreeBSD itself takes one (sys/kern/subr_boot.c): words with a '-' are flags
/// ("-sv": single user, verbose), others set variables ("name" is "name=1"). `environment` has
/// NAME=VALUE each, and is right where it says the same. What a loader brings for a serial console
/// is there unless it is said otherwise. Throws base::Error for what the kernel would drop.
FreebsdBoot read_freebsd_boot(const std::string& command_line,
                              const std::vector<std::string>& environment);

}  // namespace quiz::boot
