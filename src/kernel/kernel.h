// What quiz knows of one kernel. Passive data: the store keeps it (store.h), image.h describes a
// file by it, and a run boots it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/architecture.h"

namespace quiz::kernel {

namespace fs = std::filesystem;

/// Value of Kernel::source: fetched by fetch_debian. Others: "file", "tree" (not in the store).
inline constexpr const char* kSourceDebian = "debian";
/// The same of add_kernel.
inline constexpr const char* kSourceAdded = "added";
/// The same of build_kernel.
inline constexpr const char* kSourceBuilt = "built";

struct Kernel {
  std::string name;     ///< in the store; the path for a file
  std::string release;  ///< what `uname -r` prints: "6.12.117"
  std::string version;  ///< of the sources: "6.1.192-2"; the release where that is all there is
  std::string variant;  ///< of a build: "kasan", "llvm"; empty for the plain one and for others
  base::Architecture architecture = base::host_architecture();
  fs::path image;  ///< what to boot: the uncompressed vmlinux; the bzImage where the kernel has no
                   ///< PVH entry
  fs::path modules;    ///< the directory that contains lib/modules/RELEASE; empty if none; "/" for
                       ///< the host's own
  fs::path config;     ///< the kernel's .config; empty if unknown
  fs::path kbuild;     ///< what out-of-tree modules are compiled against; empty if there is none
  fs::path tree;       ///< a built tree whose modules lie where they were made; empty for others
  fs::path symbols;    ///< the vmlinux with debug information; empty if there is none
  std::string source;  ///< where it came from, one word: kSourceDebian …
  std::string origin;  ///< the same as a sentence for people
  std::string added;   ///< ISO 8601, UTC
  std::uint64_t memory_needed =
      0;                   ///< bytes: end of the highest address that the kernel is loaded to
  std::uint64_t size = 0;  ///< bytes on disk

  /// Where the modules are that quiz's init loads: lib/modules/RELEASE, a tree, or empty.
  fs::path module_directory() const {
    if (!tree.empty()) return tree;
    return modules.empty() ? fs::path() : modules / "lib" / "modules" / release;
  }
};

}  // namespace quiz::kernel
