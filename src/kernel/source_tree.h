// The sources that a kernel is built from: a directory, a git tree, a tarball, or Debian's
// linux-source package, fetched through apt. What must be unpacked lies in `cache`/sources,
// complete or not at all, and serves later builds. Nothing is ever written into a tree of the
// user's.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/reporter.h"

namespace quiz::kernel {

struct SourceTree {
  std::filesystem::path directory;  ///< absolute
  std::string version;              ///< as `make kernelversion` says it: "6.12.117", "7.2.0-rc3"
  std::string origin;               ///< for people: "Debian's linux-source-6.12 6.12.117-1~deb12u1"
  std::string commit;               ///< of a git tree, otherwise empty
  bool dirty = false;               ///< the git tree has changes that are not committed
};

/// VERSION.PATCHLEVEL.SUBLEVEL EXTRAVERSION of a kernel's top Makefile; empty if it is none. Pure.
std::string version_from_makefile(std::string_view makefile);

/// Describes a directory of the user's that is configured or built in place. Throws base::Error if
/// it is no source tree.
SourceTree source_directory(const std::filesystem::path& directory);

/// Finds, and where needed fetches and unpacks, what `what` names: "debian:6.12",
/// "debian:SUITE:7.2", a directory or a tarball. `mirror` is Debian's where the host's apt names
/// none; may be empty. Throws base::Error. Main thread only.
SourceTree find_source(const std::string& what, const std::filesystem::path& cache,
                       const std::string& mirror, base::Reporter& reporter);

}  // namespace quiz::kernel
