#include "build/debian_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "build/apt.h"
#include "build/deb.h"
#include "build/debian_mirror.h"

namespace quiz::build {

namespace fs = std::filesystem;

namespace {

constexpr std::array<const char*, 7> kMerged = {"bin",   "sbin",   "lib",   "lib32",
                                                "lib64", "libx32", "libo32"};

/// A file of each package there, sorted.
std::vector<fs::path> package_files(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const auto& item : fs::directory_iterator(directory)) {
    if (item.path().extension() == ".deb") files.push_back(item.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Of each package the name that there is.
std::vector<std::string> choose_names(const Apt& apt, const DebianTreeRequest& request,
                                      const std::string& complaint) {
  std::vector<std::string> all;
  for (const PackageNames& names : request.packages) {
    all.insert(all.end(), names.begin(), names.end());
  }
  std::set<std::string> present;
  for (const PackageRecord& record : apt.show(all)) present.insert(record.name());
  std::vector<std::string> chosen;
  for (const PackageNames& names : request.packages) {
    const auto found = std::find_if(names.begin(), names.end(),
                                    [&](const auto& name) { return present.contains(name); });
    if (found == names.end()) {
      throw base::Error(
          fmt::format("apt finds no {} for {}{}{}", fmt::join(names, " and no "),
                      request.architecture.name, complaint.empty() ? "" : ": ", complaint),
          "is the network up?");
    }
    chosen.push_back(*found);
  }
  return chosen;
}

/// The links of a system whose programs and libraries are all in /usr.
void merge_usr(const fs::path& tree) {
  for (const char* name : kMerged) {
    const fs::path real = fs::path("usr") / name;
    std::error_code ignored;
    if (!fs::is_directory(tree / real, ignored)) continue;
    fs::create_symlink(real, tree / name);
  }
}

std::string key_of(const DebianTreeRequest& request) {
  std::string text;
  for (const PackageNames& names : request.packages) {
    text += fmt::format("{}\n", fmt::join(names, "|"));
  }
  return base::sha256(text).substr(0, 12);
}

}  // namespace

std::vector<std::string> unpack_debian_tree(const DebianTreeRequest& request, const fs::path& tree,
                                            const fs::path& scratch, const fs::path& cache,
                                            base::Reporter& reporter) {
  const base::Architecture& architecture = request.architecture;
  const fs::path downloads = scratch / "packages";
  base::make_directories(downloads);
  base::make_directories(tree, 0755);
  {
    Apt apt = Apt::with_own_lists(
        cache, debian_suite_sources(std::string(architecture.first_suite), request.mirror),
        architecture);
    const std::string complaint = apt.update(reporter);
    apt.download_with_dependencies(choose_names(apt, request, complaint), downloads, reporter);
  }
  std::vector<std::string> packages;
  for (const fs::path& file : package_files(downloads)) {
    unpack_deb_tree(file, tree, place_in_debian_tree);
    packages.push_back(package_of_file(file.filename().string()));
    fs::remove(file);
  }
  merge_usr(tree);
  base::remove_all_quietly(downloads);
  return packages;
}

fs::path debian_sysroot(const DebianTreeRequest& request, const fs::path& cache,
                        base::Reporter& reporter) {
  const fs::path all = cache / "sysroots";
  fs::path place = all / fmt::format("{}-{}", request.architecture.name, key_of(request));
  if (fs::is_directory(place)) return place;
  base::make_directories(all, 0700);
  const base::FileLock lock = base::FileLock::acquire(all / ".lock");
  if (fs::is_directory(place)) return place;
  reporter.step(
      fmt::format("fetching Debian's headers and libraries for {}", request.architecture.name));
  base::TempDir made(all);
  fs::permissions(made.path(), fs::perms(0755));
  unpack_debian_tree(request, made.path(), made.path(), cache, reporter);
  made.rename_to(place);
  return place;
}

std::optional<fs::path> place_in_debian_tree(const fs::path& path) {
  const std::string text = path.string();
  for (const char* part : {"usr/share/doc/", "usr/share/man/", "usr/share/info/",
                           "usr/share/locale/", "usr/share/lintian/"}) {
    if (text.starts_with(part)) return std::nullopt;
  }
  const bool merged = std::any_of(kMerged.begin(), kMerged.end(), [&](const char* name) {
    return !path.empty() && *path.begin() == name;
  });
  return merged ? "usr" / path : path;
}

std::string package_of_file(const std::string& name) {
  const std::size_t first = name.find('_');
  const std::size_t second = name.find('_', first + 1);
  if (first == std::string::npos || second == std::string::npos) return name;
  const std::string version = name.substr(first + 1, second - first - 1);
  const std::size_t colon = version.find("%3a");
  return fmt::format("{} {}", name.substr(0, first),
                     colon == std::string::npos ? version
                                                : fmt::format("{}:{}", version.substr(0, colon),
                                                              version.substr(colon + 3)));
}

}  // namespace quiz::build
