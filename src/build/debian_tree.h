// A tree of Debian's packages for any architecture that is unpacked and nothing else: no script of
// theirs runs, nothing is installed on this machine. /bin, /lib and /sbin are in /usr. What it is
// for, a sysroot to compile against or a machine's root, is the caller's business.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/architecture.h"
#include "base/reporter.h"

namespace quiz::build {

/// A package by one of several names: which one there is depends on the suite.
using PackageNames = std::vector<std::string>;

struct DebianTreeRequest {
  base::Architecture architecture = base::host_architecture();
  std::vector<PackageNames> packages;  ///< what they depend on comes with them
  std::string mirror{};  ///< where the host's apt names none of Debian's; may be empty
};

/// Unpacks into `tree`, which it makes; `scratch` is for the downloads, which it removes. Package
/// lists are quiz's own, below `cache` (base::Paths::cache); signatures are verified. Returns a
/// line "NAME VERSION" for each package. Throws base::Error: no such package, no network, a full
/// disk. Main thread only.
std::vector<std::string> unpack_debian_tree(const DebianTreeRequest& request,
                                            const std::filesystem::path& tree,
                                            const std::filesystem::path& scratch,
                                            const std::filesystem::path& cache,
                                            base::Reporter& reporter);

/// The same in the cache, where it stays: made at the first call. Returns its directory. Who comes
/// second waits for who came first.
std::filesystem::path debian_sysroot(const DebianTreeRequest& request,
                                     const std::filesystem::path& cache, base::Reporter& reporter);

/// Where such a tree has a package's file; nullopt: manuals and the like, which it leaves out.
/// Pure.
std::optional<std::filesystem::path> place_in_debian_tree(const std::filesystem::path& path);

/// "NAME VERSION" of a package's file: "libc6_2.36-9+deb12u14_s390x.deb", "%3a" being a colon.
/// Pure.
std::string package_of_file(const std::string& name);

}  // namespace quiz::build
