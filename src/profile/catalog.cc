#include "profile/catalog.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/below.h"
#include "base/error.h"
#include "base/files.h"
#include "base/nearest.h"
#include "config/consent_table.h"
#include "config/trust.h"

namespace quiz::profile {

namespace {

constexpr char kManifest[] = "profile.toml";
constexpr std::array<std::string_view, 4> kHooks{"host", "host-after", "guest", "guest-after"};
constexpr std::string_view kFiles = "files/";
/// Files travel to the guest in one message.
constexpr std::uint64_t kMostBytes = 16 << 20;
constexpr std::uint16_t kExecutable = 0755;
constexpr std::uint16_t kPlain = 0644;

bool is_hook(std::string_view name) {
  return std::find(kHooks.begin(), kHooks.end(), name) != kHooks.end();
}

/// What a profile consists of, wherever it is.
void take_file(Manifest& manifest, std::string_view path, bool executable, std::string content) {
  if (is_hook(path)) {
    manifest.hooks[std::string(path)] = std::move(content);
  } else if (path.starts_with(kFiles)) {
    manifest.files.push_back({std::string(path.substr(kFiles.size())),
                              executable ? kExecutable : kPlain, std::move(content)});
  }
}

/// What a project's profile has must be its own: a link in it could bring any file that the caller
/// can read into the guest, or one that somebody else may change.
void check_folder(const fs::path& folder) {
  if (const std::string reason = config::distrust_directory(folder); !reason.empty()) {
    throw base::Error(fmt::format("{} is not used: {}", folder.string(), reason));
  }
}

void check_link(const fs::path& path, const fs::path& folder) {
  if (base::is_below(fs::canonical(path), fs::canonical(folder))) return;
  throw base::Error(
      fmt::format("{} leads out of the profile's folder: it reaches {}, which no project may",
                  path.string(), config::consent_row(config::kProfileLink).reaches),
      "put a file in its place");
}

Manifest read_folder(const std::string& name, const fs::path& folder, bool of_project) {
  const fs::path file = folder / kManifest;
  if (of_project) {
    check_folder(folder);
    check_link(file, folder);
  }
  Manifest manifest = parse_manifest(name, base::read_file(file), file.string());
  manifest.folder = folder;
  std::uint64_t bytes = 0;
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  for (const fs::path& path : paths) {
    const std::string relative = path.lexically_relative(folder).string();
    if (!is_hook(relative) && !relative.starts_with(kFiles)) continue;
    if (of_project) check_link(path, folder);
    const bool executable =
        (fs::status(path).permissions() & fs::perms::owner_exec) != fs::perms::none;
    if (is_hook(relative) && !executable) {
      throw base::Error("the hook " + path.string() + " is not executable",
                        "chmod +x " + path.string());
    }
    bytes += fs::file_size(path);
    if (bytes > kMostBytes) {
      throw base::Error(
          fmt::format("the files of the profile {} are more than {} MiB", name, kMostBytes >> 20),
          "larger things belong into .quiz/user or ~/.config/quiz/user");
    }
    take_file(manifest, relative, executable, base::read_file(path));
  }
  return manifest;
}

std::optional<Manifest> read_shipped(const std::string& name) {
  const std::string prefix = name + "/";
  std::optional<Manifest> manifest;
  for (const ShippedFile& file : shipped_files()) {
    if (file.path == prefix + kManifest) {
      manifest = parse_manifest(name, file.content, "profiles/" + std::string(file.path));
    }
  }
  if (!manifest) return manifest;
  for (const ShippedFile& file : shipped_files()) {
    if (!file.path.starts_with(prefix)) continue;
    const bool script = file.content.starts_with("#!");
    take_file(*manifest, file.path.substr(prefix.size()), script, std::string(file.content));
  }
  return manifest;
}

void add_names(const fs::path& place, std::set<std::string>& names) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(place, error)) {
    if (fs::exists(entry.path() / kManifest, error)) names.insert(entry.path().filename().string());
  }
}

}  // namespace

std::vector<std::string> Catalog::names() const {
  std::set<std::string> names;
  for (const fs::path& place : {places_.project, places_.user}) {
    if (!place.empty()) add_names(place, names);
  }
  for (const ShippedFile& file : shipped_files()) {
    names.emplace(file.path.substr(0, file.path.find('/')));
  }
  return {names.begin(), names.end()};
}

Manifest Catalog::find(const std::string& name) const {
  if (is_name(name)) {
    for (const fs::path& place : {places_.project, places_.user}) {
      std::error_code error;
      if (place.empty() || !fs::exists(place / name / kManifest, error)) continue;
      const bool of_project = place == places_.project;
      Manifest manifest = base::with_note("while reading the profile " + name, [&] {
        return read_folder(name, place / name, of_project);
      });
      manifest.of_project = of_project;
      return manifest;
    }
    if (auto shipped = read_shipped(name)) return *std::move(shipped);
  }
  const auto known = names();
  const auto near = base::nearest(name, known);
  throw base::Error(fmt::format("there is no profile '{}'", name),
                    near ? fmt::format("did you mean '{}'?", *near)
                         : fmt::format("there are {}", fmt::join(known, ", ")));
}

}  // namespace quiz::profile
