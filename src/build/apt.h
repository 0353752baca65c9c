// The host's apt as quiz uses it: questions and downloads only, never an installation, as any user.
// Everything goes through apt's programs, so that proxies, mirrors and above all signatures are
// handled as the host's owner decided. Which packages are wanted is the caller's business.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/architecture.h"
#include "base/files.h"
#include "base/reporter.h"

namespace quiz::build {

/// The fields of one package in one version, as `apt-cache show` prints them: Package, Version,
/// Depends, Size …
class PackageRecord {
 public:
  explicit PackageRecord(std::map<std::string, std::string> fields) : fields_(std::move(fields)) {}
  /// Empty if absent.
  const std::string& field(const std::string& name) const;
  const std::string& name() const { return field("Package"); }
  const std::string& version() const { return field("Version"); }
  /// A field that is a number; 0 if absent.
  std::uint64_t number(const std::string& name) const;

 private:
  std::map<std::string, std::string> fields_;
};

/// A version of a package and the suite that offers it.
struct PackageOffer {
  std::string version;
  std::string suite;  ///< "bookworm-security"
};

/// A place that offers a suite, as apt's sources describe it.
struct AptSource {
  std::string uri;        ///< "http://mirror.example.org/debian"
  std::string suite;      ///< "bookworm"
  std::string signed_by;  ///< value of Signed-By in deb822 form, may have several lines; empty for
                          ///< the host's keys
};

class Apt {
 public:
  /// The host's own package lists. Throws Error where there is no apt.
  static Apt host();
  /// Lists of our own in a new directory below `cache`, removed by the destructor: of `sources`, or
  /// where that is empty of everything that the host's sources name; of packages for
  /// `architecture`. Empty until update().
  static Apt with_own_lists(const std::filesystem::path& cache,
                            const std::vector<AptSource>& sources,
                            const base::Architecture& architecture);

  /// The Debian mirrors (component main, suite of a Debian name) among the host's sources, no
  /// discs.
  static std::vector<AptSource> debian_sources();

  /// Fetches the lists (apt-get update). What could not be fetched is returned as apt's words,
  /// empty if all is well: the caller knows what it misses. Sources that do not exist are warned of
  /// and no longer count, as long as one of them does.
  std::string update(base::Reporter& reporter);
  /// What with_own_lists was given, without what update() found not to exist.
  const std::vector<AptSource>& sources() const { return sources_; }

  /// Every version of the package, newest first.
  std::vector<PackageOffer> offers(const std::string& package) const;
  /// Records of "NAME" (all versions) or "NAME=VERSION"; those that do not exist are left out.
  std::vector<PackageRecord> show(const std::vector<std::string>& packages) const;
  /// All package names that begin with `prefix`.
  std::vector<std::string> names(const std::string& prefix) const;

  /// When the newest of the suites was last changed, by its release file; 0: not known. Of own
  /// lists only.
  std::int64_t newest_release_time() const;

  /// Downloads "NAME=VERSION" packages into `directory`, their signatures verified through the
  /// lists. `size` is what they have together, for the progress. Throws Error with apt's
  /// words.
  void download(const std::vector<std::string>& packages, const std::filesystem::path& directory,
                std::uint64_t size, base::Reporter& reporter) const;
  /// Downloads these packages (their names) and all that they depend on, but nothing that is only
  /// recommended. Of own lists only: they know of no package that is installed. Throws Error with
  /// apt's words.
  void download_with_dependencies(const std::vector<std::string>& packages,
                                  const std::filesystem::path& directory,
                                  base::Reporter& reporter) const;

 private:
  Apt() = default;
  struct Result {
    bool success;
    std::string output;
  };
  static std::string complaint_of(const Result& result);
  std::vector<std::string> environment() const;
  std::string query(std::vector<std::string> arguments) const;
  Result run_with_progress(std::vector<std::string> arguments, const std::string& directory,
                           std::uint64_t size, base::Reporter& reporter) const;

  std::optional<base::TempDir> own_;  ///< holds apt.conf and the lists
  std::vector<AptSource> sources_;    ///< of own lists
};

/// Sources as text for sources.list.d (sources.list(5), deb822); empty `architecture`: the host's.
std::string sources_text(const std::vector<AptSource>& sources, std::string_view architecture = {});

/// The first line of apt's output that tells what went wrong; "apt gave no reason" if there is
/// none.
std::string apt_complaint(const std::string& output);

/// Those of `sources` that their mirrors do not have (404), by the output of `apt-get update`; a
/// mirror that does not answer is another matter. Pure.
std::vector<AptSource> absent_sources(const std::vector<AptSource>& sources,
                                      const std::string& output);

}  // namespace quiz::build
