#include "kernel/source_tree.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "base/child.h"
#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "build/apt.h"
#include "build/debian_mirror.h"
#include "kernel/debian.h"
#include "kernel/entry.h"
#include "kernel/kernel_org.h"
#include "kernel/version.h"

namespace quiz::kernel {

using build::Apt;
using build::PackageOffer;
using build::PackageRecord;

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kUnpackedSize = 1'900'000'000;  // Linux 6.12 and newer, on ext4
constexpr const char* kWays =
    "name Debian's sources (debian:6.12), a directory, a git tree or a tarball";

bool is_kernel_tree(const fs::path& directory) {
  std::error_code ignored;
  return fs::is_regular_file(directory / "Kconfig", ignored) &&
         fs::is_directory(directory / "arch", ignored) &&
         !version_from_makefile(base::read_file_if_exists(directory / "Makefile").value_or(""))
              .empty();
}

SourceTree describe_tree(const fs::path& directory, std::string origin) {
  SourceTree tree;
  tree.directory = directory;
  tree.version = version_from_makefile(base::read_file(directory / "Makefile"));
  tree.origin = std::move(origin);
  return tree;
}

void describe_commit(SourceTree& tree) {
  if (!fs::exists(tree.directory / ".git") || !base::find_program("git")) return;
  const std::string directory = tree.directory.string();
  try {
    tree.commit = base::run_or_throw({"git", "-C", directory, "rev-parse", "HEAD"});
    tree.commit.erase(tree.commit.find_last_not_of('\n') + 1);
    tree.dirty = !base::run_or_throw({"git", "--no-optional-locks", "-C", directory, "status",
                                      "--porcelain", "--untracked-files=no"})
                      .empty();
  } catch (const base::Error&) {
    return;  // no commit yet, or a tree of another user's: a directory like any other
  }
  tree.origin = fmt::format("the git tree {} at {}{}", directory, tree.commit.substr(0, 12),
                            tree.dirty ? " with local changes" : "");
}

SourceTree from_directory(const fs::path& given) {
  SourceTree tree = source_directory(given);
  const fs::path& directory = tree.directory;
  if (fs::exists(directory / ".config") || fs::exists(directory / "include" / "config")) {
    throw base::Error(
        directory.string() + " was configured or built in place, and so it cannot be built outside",
        fmt::format(
            "run what is built there, `quiz -k {0} …`; or build it as it is configured, with "
            "--keep-config; or run `make -C {0} mrproper` first",
            directory.string()));
  }
  return tree;
}

/// Unpacks the tarball into `target`, without its top directory.
void unpack_tarball(const fs::path& tarball, const fs::path& target, base::Reporter& reporter) {
  if (!base::find_program("tar")) throw base::Error("there is no tar here", "install tar");
  require_space(target.parent_path(), kUnpackedSize, "the unpacked source");
  reporter.step("unpacking " + tarball.filename().string());
  base::make_directories(target.parent_path(), 0700);
  base::remove_stale(target.parent_path());
  base::TempDir directory(target.parent_path());
  base::with_note("while unpacking " + tarball.string(), [&] {
    base::run_or_throw({"tar", "--extract", "--file=" + tarball.string(),
                        "--directory=" + directory.path().string(), "--strip-components=1",
                        "--no-same-owner"});
  });
  if (!is_kernel_tree(directory.path())) {
    throw base::Error(tarball.string() + " does not contain the sources of a kernel");
  }
  std::error_code ignored;
  if (!fs::exists(target, ignored)) directory.rename_to(target);
}

std::string identity(const fs::path& file) {
  struct stat status = {};
  if (::stat(file.c_str(), &status) != 0) throw base::SystemError("cannot open " + file.string());
  return base::sha256(fmt::format("{} {} {} {}", fs::absolute(file).string(), status.st_size,
                                  status.st_mtim.tv_sec, status.st_mtim.tv_nsec))
      .substr(0, 12);
}

SourceTree from_tarball(const fs::path& tarball, const fs::path& cache, base::Reporter& reporter) {
  const fs::path target = cache / "sources" / ("tar-" + identity(tarball));
  if (!is_kernel_tree(target)) unpack_tarball(tarball, target, reporter);
  return describe_tree(target, "the tarball " + fs::absolute(tarball).string());
}

struct SourcePackage {
  std::string name;
  std::string version;
};

/// The newest version of the series' linux-source package that `apt` knows.
std::optional<SourcePackage> newest_package(const Apt& apt, const std::string& version) {
  const std::string name = "linux-source-" + series_of(version);
  std::optional<SourcePackage> newest;
  for (const PackageOffer& offer : apt.offers(name)) {
    if (!version_has_prefix(offer.version, version)) continue;
    if (!newest || compare_versions(offer.version, newest->version) > 0) {
      newest = SourcePackage{name, offer.version};
    }
  }
  return newest;
}

[[noreturn]] void report_no_package(const DebianRequest& request, const std::string& complaint) {
  throw base::Error(fmt::format("apt finds no sources of Linux {}{}{}", request.version,
                                request.suite.empty() ? "" : " in the suite " + request.suite,
                                complaint.empty() ? "" : ": " + complaint),
                    request.suite.empty()
                        ? fmt::format("name the suite that has linux-source-{}: debian:SUITE:{}",
                                      series_of(request.version), request.version)
                        : "`apt-cache search '^linux-source-'` shows what the host's apt knows");
}

void fetch_package(const Apt& apt, const SourcePackage& package, const fs::path& target,
                   base::Reporter& reporter) {
  const std::string exact = package.name + "=" + package.version;
  std::uint64_t size = 0;
  for (const PackageRecord& record : apt.show({exact})) size = record.number("Size");
  base::make_directories(target.parent_path(), 0700);
  base::remove_stale(target.parent_path());
  require_space(target.parent_path(), 2 * size + kUnpackedSize, "the source " + exact);
  const base::TempDir scratch(target.parent_path());
  reporter.step(fmt::format("downloading {} {} ({:.0f} MB)", package.name, package.version,
                            static_cast<double>(size) / 1e6));
  apt.download({exact}, scratch.path(), size, reporter);
  for (const auto& item : fs::directory_iterator(scratch.path())) {
    if (item.path().extension() != ".deb") continue;
    base::run_or_throw(
        {"dpkg-deb", "--extract", item.path().string(), (scratch.path() / "content").string()});
    break;
  }
  unpack_tarball(scratch.path() / "content" / "usr" / "src" / (package.name + ".tar.xz"), target,
                 reporter);
}

SourceTree from_debian(const std::string& what, const fs::path& cache, const std::string& mirror,
                       base::Reporter& reporter) {
  const DebianRequest request = parse_debian_request(what);
  if (request.version.empty()) {
    throw base::Error("debian:" + what + " does not say which series of Linux",
                      "for example: quiz kernel build debian:6.12");
  }
  Apt apt = Apt::host();
  std::optional<SourcePackage> package;
  if (request.suite.empty()) package = newest_package(apt, request.version);
  if (!package) {
    reporter.step("updating a package list of our own");
    apt = Apt::with_own_lists(cache, build::debian_suite_sources(request.suite, mirror),
                              request.architecture);
    const std::string complaint = apt.update(reporter);
    package = newest_package(apt, request.version);
    if (!package) report_no_package(request, complaint);
  }
  const fs::path target = cache / "sources" / (package->name + "_" + package->version);
  if (!is_kernel_tree(target)) fetch_package(apt, *package, target, reporter);
  return describe_tree(target, fmt::format("Debian's {} {}", package->name, package->version));
}

}  // namespace

std::string version_from_makefile(std::string_view makefile) {
  const auto value = [&](std::string_view name) -> std::string {
    std::size_t begin = 0;
    while (begin < makefile.size()) {
      const std::size_t end = std::min(makefile.find('\n', begin), makefile.size());
      std::string_view line = makefile.substr(begin, end - begin);
      begin = end + 1;
      if (!line.starts_with(name)) continue;
      line.remove_prefix(name.size());
      const std::size_t equals = line.find_first_not_of(' ');
      if (equals == std::string_view::npos || line[equals] != '=') continue;
      const std::size_t first = line.find_first_not_of(' ', equals + 1);
      if (first == std::string_view::npos) return {};
      return std::string(line.substr(first, line.find_last_not_of(" \r") + 1 - first));
    }
    return {};
  };
  const std::string major = value("VERSION");
  const std::string minor = value("PATCHLEVEL");
  if (major.empty() || minor.empty()) return {};
  const std::string patch = value("SUBLEVEL");
  return major + "." + minor + (patch.empty() ? "" : "." + patch) + value("EXTRAVERSION");
}

SourceTree source_directory(const fs::path& given) {
  std::error_code error;
  const fs::path directory = fs::canonical(given, error);
  if (error) throw base::SystemError("cannot use " + given.string(), error.value(), kWays);
  if (!is_kernel_tree(directory)) {
    throw base::Error(directory.string() + " is no kernel source tree",
                      "the top directory of one holds Makefile, Kconfig and arch/");
  }
  SourceTree tree = describe_tree(directory, "the directory " + directory.string());
  describe_commit(tree);
  return tree;
}

SourceTree find_source(const std::string& what, const fs::path& cache, const std::string& mirror,
                       base::Reporter& reporter) {
  const std::string prefix = std::string(kSourceDebian) + ":";
  if (what.starts_with(prefix)) {
    return from_debian(what.substr(prefix.size()), cache, mirror, reporter);
  }
  // A version first: what is recorded as one shall not become a directory that lies about here,
  // whose Makefile would then run.
  if (looks_like_version(what)) {
    SourceTree tree = from_tarball(fetch_release({}, what, cache, reporter), cache, reporter);
    tree.origin = "kernel.org's release " + tree.version;
    return tree;
  }
  std::error_code error;
  const fs::file_status status = fs::status(what, error);
  if (fs::is_directory(status)) return from_directory(what);
  if (fs::is_regular_file(status)) return from_tarball(what, cache, reporter);
  throw base::SystemError("there are no kernel sources " + what, ENOENT, kWays);
}

}  // namespace quiz::kernel
