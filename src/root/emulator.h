// How the maintainers' scripts of another architecture's packages run here while a root of it is
// made: by QEMU's emulation of single programs, which the kernel starts for them (binfmt_misc).
// What this machine has registered is used; else it is registered for the installation alone, in
// its own namespace of users, which since Linux 6.7 has a list of its own: this machine's stays as
// it is.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/architecture.h"
#include "base/reporter.h"

namespace quiz::root {

/// Passive.
struct Emulator {
  std::filesystem::path program;  ///< static; empty: nothing has to be registered
};

/// Finds it, or takes it out of Debian's package into `cache` (base::Paths::cache), where it stays.
/// `mirror` is for where the host's apt names none of Debian's. Throws base::Error: this machine's
/// kernel cannot register it for one installation, no such package, no network. Main thread only.
Emulator find_emulator(const base::Architecture& architecture, const std::filesystem::path& cache,
                       const std::string& mirror, base::Reporter& reporter);

/// What is written to binfmt_misc's file "register"
/// (Documentation/admin-guide/binfmt-misc.rst): the architecture's programs are run by
/// `interpreter`, which is opened at once. Pure.
std::string registration(const base::Architecture& architecture, std::string_view interpreter);

/// Whether a file of binfmt_misc's is about the architecture's programs and holds in a chroot, too.
/// Pure.
bool is_registered(const base::Architecture& architecture, std::string_view entry);

}  // namespace quiz::root
