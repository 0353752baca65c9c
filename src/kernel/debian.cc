#include "kernel/debian.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/nearest.h"
#include "build/deb.h"
#include "build/debian_mirror.h"
#include "kernel/entry.h"

namespace quiz::kernel {

namespace {

/// The uncompressed vmlinux, depmod's tables, rounding of file sizes.
constexpr std::uint64_t kExtraSpace = 160'000'000;

/// Where a choice came from: downloads must use the same lists.
struct Choice {
  Apt apt;
  KernelPackages packages;
};

std::string describe(const DebianRequest& request) {
  if (request.suite.empty() && request.version.empty()) return "kernel of Debian's";
  if (request.suite.empty()) return "kernel " + request.version;
  return "kernel " + (request.version.empty() ? "" : request.version + " ") + "in the suite " +
         request.suite;
}

[[noreturn]] void report_missing(const DebianRequest& request, const std::string& complaint) {
  std::string hint = fmt::format("`apt-cache madison {}` shows what the host's apt knows",
                                 meta_image(request.architecture));
  if (!request.suite.empty()) {
    const auto near =
        base::nearest(request.suite, {"bullseye", "bookworm", "bookworm-backports", "trixie",
                                      "trixie-backports", "forky", "sid", "stable", "testing",
                                      "unstable", "oldstable", "experimental"});
    if (near && *near != request.suite) hint = "did you mean debian:" + *near + "?";
  } else if (!request.version.empty()) {
    hint = "name the suite that has it: debian:SUITE or debian:SUITE:VERSION";
  }
  if (complaint.find("Failed to fetch") != std::string::npos) {
    hint = "is the network up? `apt-get update` should say the same";
  }
  throw base::Error(
      "apt finds no " + describe(request) + (complaint.empty() ? "" : ": " + complaint), hint);
}

Choice choose_with_own_lists(const DebianRequest& request, const fs::path& cache,
                             base::Reporter& reporter) {
  const std::string suite =
      request.suite.empty() ? std::string(request.architecture.first_suite) : request.suite;
  const auto sources = build::debian_suite_sources(suite, request.mirror);
  reporter.step("updating a package list of our own for Debian" +
                (suite.empty() ? "" : " " + suite));
  Apt apt = Apt::with_own_lists(cache, sources, request.architecture);
  const std::string complaint = apt.update(reporter);
  // Some of a release's suites may be missing: only the result counts.
  auto packages = choose_kernel_packages(apt, request);
  if (!packages) report_missing(request, complaint);
  return {std::move(apt), std::move(*packages)};
}

Choice choose(const DebianRequest& request, const fs::path& cache, base::Reporter& reporter) {
  Apt apt = Apt::host();
  // Its lists are of its own architecture.
  if (request.architecture == base::host_architecture()) {
    if (auto packages = choose_kernel_packages(apt, request))
      return {std::move(apt), std::move(*packages)};
  }
  return choose_with_own_lists(request, cache, reporter);
}

std::string entry_name(const KernelPackages& packages, const base::Architecture& architecture) {
  std::string name = base::name_for("debian-" + packages.version, architecture);
  std::replace(name.begin(), name.end(), ':',
               '_');  // an epoch; a colon would split overlay's options
  return name;
}

std::string origin_of(const KernelPackages& packages) {
  return fmt::format("Debian's {} {}", packages.image, packages.version);
}

std::vector<fs::path> downloaded_packages(const fs::path& directory) {
  std::vector<fs::path> result;
  for (const auto& item : fs::directory_iterator(directory)) {
    if (item.path().extension() == ".deb") result.push_back(item.path());
  }
  return result;
}

/// Downloads; lists of the host's that name files which the mirror no longer has are replaced by
/// new ones, once.
void download(Choice& choice, const fs::path& directory, const DebianRequest& request,
              const fs::path& cache, bool host_lists, base::Reporter& reporter) {
  const KernelPackages& packages = choice.packages;
  reporter.step(fmt::format("downloading {} ({:.0f} MB)", packages.image,
                            static_cast<double>(packages.download_size) / 1e6));
  try {
    choice.apt.download(packages.packages, directory, packages.download_size, reporter);
  } catch (const base::Error& error) {
    if (!host_lists || base::free_bytes(directory) < packages.download_size) throw;
    reporter.detail(error.message());
    choice = choose_with_own_lists(request, cache, reporter);
    download(choice, directory, request, cache, false, reporter);
  }
}

void unpack(const fs::path& from, const fs::path& to, base::Reporter& reporter) {
  reporter.step("unpacking");
  const auto packages = downloaded_packages(from);
  for (std::size_t i = 0; i < packages.size(); ++i) {
    build::unpack_deb(packages[i], to, place_of_kernel_file, [&](double fraction) {
      reporter.progress((static_cast<double>(i) + fraction) / static_cast<double>(packages.size()),
                        "");
    });
    fs::remove(packages[i]);
  }
}

}  // namespace

Kernel fetch_debian(Store& store, const DebianRequest& request, const fs::path& cache,
                    base::Reporter& reporter) {
  Choice choice = choose(request, cache, reporter);
  if (auto present = store.find_name(entry_name(choice.packages, request.architecture))) {
    reporter.step(present->name + " is in the store already");
    return *present;
  }
  const std::uint64_t needed =
      choice.packages.download_size + choice.packages.installed_size + kExtraSpace;
  const std::string what = "the kernel " + choice.packages.version;
  std::optional<Kernel> result;
  with_full_disk_explained(store.directory(), needed, what, [&] {
    Store::Draft draft = store.begin();
    require_space(store.directory(), needed, what);
    const fs::path download_directory = draft.path() / "download";
    const fs::path unpacked = draft.path() / "unpacked";
    base::make_directories(download_directory);
    download(choice, download_directory, request, cache, true, reporter);
    unpack(download_directory, unpacked, reporter);
    fs::remove_all(download_directory);
    EntryRequest entry;
    entry.name = entry_name(choice.packages, request.architecture);
    entry.source = kSourceDebian;
    entry.origin = origin_of(choice.packages);
    use_package(entry, unpacked, request.architecture);
    reporter.step("extracting the kernel");
    result = make_entry(store, std::move(draft), entry, reporter);
  });
  return *result;
}

}  // namespace quiz::kernel
