// Which of Debian's packages make up a kernel: the choice among what apt offers, apart from
// fetching it (debian.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/architecture.h"
#include "build/apt.h"

namespace quiz::kernel {

using build::Apt;
using build::AptSource;
using build::PackageOffer;
using build::PackageRecord;

/// What a person asked for; both empty: the newest.
struct DebianRequest {
  std::string suite;    ///< "trixie", "bookworm-backports"
  std::string version;  ///< a release, a package's "6.1.192-2", or the beginning of one
  base::Architecture architecture = base::host_architecture();
  std::string mirror{};  ///< where the host's apt names no mirror of Debian's; may be empty
};

/// Splits what stands after "debian:": a word that begins with a digit is a version, another a
/// suite; SUITE:VERSION is both. Throws base::Error for a word that can be neither.
DebianRequest parse_debian_request(const std::string& text);

struct KernelPackages {
  std::string image;                  ///< "linux-image-RELEASE"
  std::string version;                ///< "6.1.192-2"
  std::vector<std::string> packages;  ///< NAME=VERSION of all that hold its files
  std::uint64_t download_size = 0;
  std::uint64_t installed_size = 0;
};

/// The package that depends on the newest image: "linux-image-FLAVOUR".
std::string meta_image(const base::Architecture& architecture);

/// The flavour of images that quiz uses, of this release: "linux-image-RELEASE-FLAVOUR" but
/// not -cloud-FLAVOUR, -rt-FLAVOUR, -FLAVOUR-dbg or -FLAVOUR-unsigned.
bool is_plain_image(const std::string& package, const base::Architecture& architecture);

/// What Debian's modules for a kernel are compiled against.
struct HeaderPackages {
  std::vector<std::string> packages;  ///< NAME=VERSION of those of the kernel's architecture
  std::string tree;                   ///< "linux-headers-RELEASE"
  std::string common;                 ///< "linux-headers-6.1.0-50-common"
  std::string tools;  ///< "linux-kbuild-6.1": programs, so it must be of the host's architecture
  std::uint64_t download_size = 0;
};

/// Those for a kernel of this release and package version; nullopt if `apt` does not know them.
std::optional<HeaderPackages> choose_header_packages(const Apt& apt, const std::string& release,
                                                     const std::string& version);

/// The newest kernel that fits and that `apt` knows; nullopt if there is none.
std::optional<KernelPackages> choose_kernel_packages(const Apt& apt, const DebianRequest& request);

}  // namespace quiz::kernel
