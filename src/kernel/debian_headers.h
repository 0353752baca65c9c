// The trees that Debian's kernels have their modules compiled against (linux-headers-RELEASE),
// unpacked into the cache: nothing is installed on this machine. For kernels that were fetched;
// those that quiz built have a tree of their own (Kernel::kbuild).
#pragma once

#include <filesystem>
#include <string>

#include "base/reporter.h"
#include "kernel/kernel.h"

namespace quiz::kernel {

struct HeaderTrees {
  std::filesystem::path source;  ///< what all flavours share
  std::filesystem::path object;  ///< the kernel's own: .config, Module.symvers
};

/// Fetches them at the first call; `cache` is base::Paths::cache, `mirror` as in DebianRequest. The
/// programs among them are this machine's, whatever the kernel's architecture is. Throws
/// base::Error where the mirror no longer has them, with what to do. Main thread only.
HeaderTrees fetch_debian_headers(const Kernel& kernel, const fs::path& cache,
                                 const std::string& mirror, base::Reporter& reporter);

/// The Makefile of such a tree with the tree of all flavours where it was unpacked, below `root`.
/// Pure.
std::string relocated_makefile(const std::string& makefile, const std::string& root);

}  // namespace quiz::kernel
