// Releases of Linux from kernel.org, for machines that reach it: the tarball's checksum comes from
// the release directory's sha256sums.asc, whose signature is verified against one pinned key. A
// download that was cut goes on where it stopped.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/reporter.h"

namespace quiz::kernel {

/// Where the releases are and who signs their checksums (https://kernel.org/signature.html).
struct KernelOrg {
  std::string releases = "https://cdn.kernel.org/pub/linux/kernel";
  std::string signer = "autosigner@kernel.org";
  std::string fingerprint = "B8868C80BA62A1FFFAF5FDA9632D3A06589DA6B1";
};

struct Release {
  std::string version;  ///< "6.12.95"
  std::string sha256;   ///< of linux-VERSION.tar.xz
};

/// The release that `wanted` ("6.12.95", or "6.12": the newest of that series) means by the text of
/// a sha256sums file; nullopt if there is none. Pure.
std::optional<Release> find_release(std::string_view sums, const std::string& wanted);

/// What speaks against a signature by gpg's status output (GnuPG's doc/DETAILS); empty: it is
/// exactly one, by that key (a primary key's fingerprint), and neither of them revoked or expired.
/// Pure.
std::string signature_problem(std::string_view status, const std::string& fingerprint);

/// What was signed in the clearsigned file, if by that key (a primary key's fingerprint) of the
/// keyring in `keys`, gpg's home. Throws base::Error.
std::string verified_text(const std::filesystem::path& file, const std::string& fingerprint,
                          const std::filesystem::path& keys);

/// Downloads and verifies the tarball of a release below `cache`/sources/kernel.org and returns its
/// path. Throws base::Error: not reachable (with the other ways to get sources), no such release, a
/// bad signature or checksum. Main thread only.
std::filesystem::path fetch_release(const KernelOrg& origin, const std::string& wanted,
                                    const std::filesystem::path& cache, base::Reporter& reporter);

}  // namespace quiz::kernel
