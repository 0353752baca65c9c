#include "kernel/debian_headers.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "build/apt.h"
#include "build/deb.h"
#include "build/debian_mirror.h"
#include "build/debian_tree.h"
#include "kernel/packages.h"

namespace quiz::kernel {

namespace {

constexpr const char* kSources = "usr/src";

std::vector<AptSource> sources_for(const base::Architecture& architecture,
                                   const std::string& mirror) {
  return build::debian_suite_sources(std::string(architecture.first_suite), mirror);
}

HeaderPackages download_headers(const Kernel& kernel, const fs::path& directory,
                                const fs::path& cache, const std::string& mirror,
                                base::Reporter& reporter) {
  const base::Architecture& architecture = kernel.architecture;
  Apt apt = Apt::with_own_lists(cache, sources_for(architecture, mirror), architecture);
  const std::string complaint = apt.update(reporter);
  const auto chosen = choose_header_packages(apt, kernel.release, kernel.version);
  if (!chosen) {
    throw base::Error(
        fmt::format("apt finds no linux-headers-{} {}{}{}", kernel.release, kernel.version,
                    complaint.empty() ? "" : ": ", complaint),
        fmt::format("a mirror has those of its newest kernel: quiz kernel fetch -a {}",
                    architecture.name));
  }
  apt.download(chosen->packages, directory, chosen->download_size, reporter);
  return *chosen;
}

/// The package that runs here: of the kernel's own version where there is one.
std::string choose_tools(const Apt& apt, const HeaderPackages& headers, const Kernel& kernel) {
  const auto offers = apt.offers(headers.tools);
  if (offers.empty()) return {};
  const auto own = std::find_if(offers.begin(), offers.end(), [&](const PackageOffer& offer) {
    return offer.version == kernel.version;
  });
  return headers.tools + "=" + (own == offers.end() ? offers.front() : *own).version;
}

void download_tools(const Kernel& kernel, const HeaderPackages& headers, const fs::path& directory,
                    const fs::path& cache, const std::string& mirror, base::Reporter& reporter) {
  Apt apt = Apt::host();
  std::string package = choose_tools(apt, headers, kernel);
  if (package.empty()) {
    apt = Apt::with_own_lists(cache, sources_for(kernel.architecture, mirror),
                              base::host_architecture());
    apt.update(reporter);
    package = choose_tools(apt, headers, kernel);
  }
  if (package.empty()) {
    throw base::Error(fmt::format("apt finds no {} for this machine", headers.tools),
                      "is the network up?");
  }
  apt.download({package}, directory, 0, reporter);
}

void unpack_all(const fs::path& packages, const fs::path& tree) {
  for (const auto& item : fs::directory_iterator(packages)) {
    if (item.path().extension() != ".deb") continue;
    build::unpack_deb_tree(item.path(), tree, build::place_in_debian_tree);
  }
}

}  // namespace

std::string relocated_makefile(const std::string& makefile, const std::string& root) {
  constexpr std::string_view kInclude = "include /usr/src/";
  std::string text = makefile;
  for (std::size_t at = 0; (at = text.find(kInclude, at)) != std::string::npos;) {
    const std::size_t path = at + std::string_view("include ").size();
    const bool begins_line = at == 0 || text[at - 1] == '\n';
    if (begins_line) text.insert(path, root);
    at = path;
  }
  return text;
}

HeaderTrees fetch_debian_headers(const Kernel& kernel, const fs::path& cache,
                                 const std::string& mirror, base::Reporter& reporter) {
  const fs::path all = cache / "headers";
  const fs::path place = all / kernel.name;
  const std::string tree = "linux-headers-" + kernel.release;
  const auto trees = [&] {
    // The one of all flavours is the other directory of that kind.
    HeaderTrees found{{}, place / kSources / tree};
    for (const auto& item : fs::directory_iterator(place / kSources)) {
      const std::string name = item.path().filename().string();
      if (name.starts_with("linux-headers-") && name != tree) found.source = item.path();
    }
    return found;
  };
  if (fs::is_directory(place)) return trees();
  base::make_directories(all, 0700);
  const base::FileLock lock = base::FileLock::acquire(all / ".lock");
  if (fs::is_directory(place)) return trees();
  reporter.step("fetching what modules for " + kernel.name + " are compiled against");
  base::TempDir made(all);
  const fs::path packages = made.path() / "packages";
  base::make_directories(packages);
  const HeaderPackages headers = download_headers(kernel, packages, cache, mirror, reporter);
  download_tools(kernel, headers, packages, cache, mirror, reporter);
  unpack_all(packages, made.path());
  base::remove_all_quietly(packages);
  const fs::path makefile = made.path() / kSources / tree / "Makefile";
  base::write_file_atomically(makefile,
                              relocated_makefile(base::read_file(makefile), place.string()));
  made.rename_to(place);
  return trees();
}

}  // namespace quiz::kernel
