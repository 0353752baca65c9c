#include "root/layers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/below.h"
#include "base/error.h"
#include "config/project.h"
#include "config/trust.h"

namespace quiz::root {

namespace fs = std::filesystem;
using base::is_below;

namespace {

constexpr char kUser[] = "user";
constexpr char kSystem[] = "system";

/// How many links there may be on the way to a file, as in the kernel.
constexpr int kMostLinks = 40;

void add_canonical(const fs::path& directory, std::vector<fs::path>& layers) {
  std::error_code ignored;
  const fs::path canonical = fs::canonical(directory, ignored);
  if (canonical.empty() || std::find(layers.begin(), layers.end(), canonical) != layers.end()) {
    return;
  }
  layers.push_back(canonical);
}

std::optional<Entry> look_up(const Layer& layer, const fs::path& relative) {
  if (layer.on_host.empty()) {
    return layer.look_up ? layer.look_up(relative) : std::nullopt;
  }
  std::error_code error;
  const fs::path file = layer.on_host / relative;
  const fs::file_status status = fs::symlink_status(file, error);
  if (!fs::exists(status)) return std::nullopt;
  Entry entry;
  entry.directory = fs::is_directory(status);
  if (fs::is_symlink(status)) entry.link = fs::read_symlink(file, error).string();
  return entry;
}

struct Hit {
  Entry entry;
  Origin origin;
};

/// Everything at a path without links on its way, topmost first. A mount hides all below it.
std::vector<Hit> hits(const std::vector<Layer>& layers, const fs::path& path) {
  const Layer* mount = nullptr;
  for (const Layer& layer : layers) {
    const bool deeper = mount == nullptr || is_below(layer.in_guest, mount->in_guest);
    if (layer.is_mount() && is_below(path, layer.in_guest) && deeper) mount = &layer;
  }
  std::vector<Hit> found;
  for (const Layer& layer : layers) {
    if (mount != nullptr ? layer.in_guest != mount->in_guest : layer.is_mount()) continue;
    const fs::path relative = path.lexically_relative(layer.in_guest);
    const auto entry = look_up(layer, relative == "." ? fs::path() : relative);
    if (!entry) continue;
    fs::path on_host;
    if (!layer.on_host.empty()) on_host = (layer.on_host / relative).lexically_normal();
    found.push_back({*entry, {layer.name, on_host}});
  }
  return found;
}

fs::path module_mount(const Sharing& sharing) {
  for (const wire::Mount& mount : sharing.mounts) {
    if (fs::path(mount.path).parent_path().filename() == "modules") return mount.path;
  }
  return {};
}

}  // namespace

LayerDirectories find_layers(const fs::path& config, const fs::path& start,
                             const base::Architecture& architecture,
                             std::vector<std::string>& warnings) {
  LayerDirectories found;
  const auto add_of_project = [&](const std::string& name, std::vector<fs::path>& layers) {
    const auto directory = config::project_directory(start, name, warnings);
    if (!directory) return;
    const std::size_t before = layers.size();
    add_canonical(*directory, layers);
    if (layers.size() > before) found.of_project.push_back({*directory, layers.back()});
  };
  add_of_project(kUser, found.user);
  std::error_code ignored;
  if (const fs::path own = config / kUser; fs::is_directory(own, ignored)) {
    const std::string reason = config::distrust_directory(own);
    if (reason.empty()) {
      add_canonical(own, found.user);
    } else {
      warnings.push_back(fmt::format("ignoring {}: {}", own.string(), reason));
    }
  }
  add_of_project(base::name_for(kSystem, architecture), found.system);
  return found;
}

void check_layers(const LayerDirectories& layers,
                  const std::function<bool(const std::string& name)>& is_link) {
  constexpr std::array<const char*, 6> kNames = {"bin", "sbin", "lib", "lib32", "lib64", "libx32"};
  for (const auto* directories : {&layers.user, &layers.system}) {
    for (const fs::path& layer : *directories) {
      for (const char* name : kNames) {
        std::error_code ignored;
        if (!fs::is_directory(fs::symlink_status(layer / name, ignored)) || !is_link(name))
          continue;
        throw base::Error(
            fmt::format("{} would hide all of the guest's /{}, which is a symbolic link",
                        (layer / name).string(), name),
            fmt::format("put its files into {}", (layer / "usr" / name).string()));
      }
    }
  }
}

Found find_path(const std::vector<Layer>& layers, const fs::path& path) {
  fs::path seen = "/";
  fs::path rest = path.lexically_normal().relative_path();
  int links = 0;
  std::vector<Hit> found = hits(layers, seen);
  while (!rest.empty() && !rest.begin()->empty()) {
    const fs::path name = *rest.begin();
    rest = rest.lexically_relative(name);
    if (rest == ".") rest.clear();
    seen /= name;
    found = hits(layers, seen);
    if (found.empty()) return {path, {}};
    const Entry& top = found.front().entry;
    // A link at the end of the way is what is asked for.
    if (top.link && !rest.empty() && ++links <= kMostLinks) {
      const fs::path target = (seen.parent_path() / *top.link / rest).lexically_normal();
      seen = "/";
      rest = target.relative_path();
    } else if (!top.directory && !rest.empty()) {
      return {path, {}};
    }
  }
  Found result{seen, {}};
  for (Hit& hit : found) result.origins.push_back(std::move(hit.origin));
  return result;
}

std::vector<Layer> describe(const SharingRequest& request, const Layer& base) {
  std::vector<Layer> layers;
  const auto add = [&](const char* name, const fs::path& directory) {
    layers.push_back({name, directory.string(), "/", directory});
  };
  const Sharing sharing = make_sharing(request);
  for (const fs::path& directory : request.user) add(kUser, directory);
  if (const fs::path mount = module_mount(sharing); !mount.empty()) {
    for (const auto* above : {&request.user, &request.system}) {
      for (const fs::path& layer : *above) {
        const fs::path modules = layer / "usr/lib/modules" / request.release;
        std::error_code ignored;
        if (!fs::is_directory(modules, ignored)) continue;
        layers.push_back({"modules", modules.string() + ", at " + mount.string(), mount, modules});
      }
    }
    layers.push_back(
        {"modules", request.modules.string() + ", at " + mount.string(), mount, request.modules});
  }
  for (const fs::path& directory : request.system) add(kSystem, directory);
  layers.push_back(base);
  for (const wire::Mount& mount : sharing.mounts) {
    if (mount.path != request.directory) continue;
    const bool kept = mount.mode == wire::ShareMode::read_only;
    layers.push_back(
        {"directory",
         mount.path + " of this machine, " + (kept ? "read-only" : "what is written vanishes"),
         mount.path, request.directory});
  }
  return layers;
}

}  // namespace quiz::root
