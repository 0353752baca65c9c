// The smallest root: Debian's static busybox with a link for each of its programs. It is made in a
// few seconds of one package, which is not run for it, so that it may be of any architecture; what
// a first `quiz -a ARCH uname -a` needs. With more packages, unpacked in the same way, it has what
// a program with shared libraries needs.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/architecture.h"
#include "base/reporter.h"
#include "build/debian_tree.h"
#include "root/store.h"

namespace quiz::root {

/// Its name in the store.
inline constexpr char kSmall[] = "small";

struct SmallRequest {
  base::Architecture architecture = base::host_architecture();
  std::string mirror{};       ///< where the host's apt names no mirror of Debian's; may be empty
  std::string name = kSmall;  ///< in the store, without the architecture
  /// More packages of Debian's, and what they depend on: unpacked as well, none of their scripts
  /// runs. Their programs come before busybox's.
  std::vector<build::PackageNames> packages{};
};

/// Makes it, or replaces what there is of that name. Lists are quiz's own, below `cache`
/// (base::Paths::cache); the package's signature is verified. Must be called from the main thread.
/// Throws base::Error: no such package, no network, a full disk; nothing is left then.
Root make_small(Store& store, const SmallRequest& request, const std::filesystem::path& cache,
                base::Reporter& reporter);

/// The names of a busybox's programs, as it has them for its own --list: one after the other, each
/// with a NUL, beginning with "[" and "[["; the longest such list in it. Empty: this is no busybox.
/// Pure.
std::vector<std::string> applets_of(std::string_view busybox);

}  // namespace quiz::root
