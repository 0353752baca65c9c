#include "root/chosen_root.h"

#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "root/image.h"

namespace quiz::root {

namespace fs = std::filesystem;

namespace {

ChosenRoot base_of_image(const fs::path& path) {
  ChosenRoot chosen{BaseKind::image, path.string(), path, file_system_of(path)};
  if (chosen.file_system.empty()) {
    throw base::Error(
        fmt::format("{} is no image of a file system that can be a root", path.string()),
        "it must be erofs, ext4, squashfs, xfs or btrfs, without a partition table");
  }
  return chosen;
}

ChosenRoot base_of_directory(const fs::path& path) {
  if (path == "/") return {};
  std::error_code ignored;
  if (!fs::exists(path / "usr", ignored) && !fs::exists(path / "bin", ignored)) {
    throw base::Error(fmt::format("{} is not a root: it has neither usr nor bin", path.string()),
                      "name a directory that holds a whole system");
  }
  return {BaseKind::directory, path.string(), path, {}};
}

bool is_path(const std::string& selector) {
  return selector == "." || selector == ".." || selector.find('/') != std::string::npos;
}

}  // namespace

ChosenRoot choose_root(const std::string& selector, const Store& store,
                       const base::Architecture& architecture) {
  if (selector.empty() || selector == "host") {
    base::require_architecture(base::host_architecture(), architecture,
                               "this machine's / (-r host)");
    return {};
  }
  if (is_path(selector)) {
    std::error_code error;
    const fs::path path = fs::canonical(selector, error);
    if (error) throw base::SystemError("there is no root at " + selector, error.value());
    return fs::is_directory(path, error) ? base_of_directory(path) : base_of_image(path);
  }
  const std::string own = base::name_for(selector, architecture);
  const Root root = store.find(store.has(own) ? own : selector);
  base::require_architecture(root.architecture, architecture, "the root " + root.name);
  return {BaseKind::image, root.name, root.image, root.file_system, root};
}

Layer layer_of(const ChosenRoot& chosen) {
  switch (chosen.kind) {
    case BaseKind::host:
      return {"base", "/ of this machine", "/", "/"};
    case BaseKind::directory:
      return {"base", chosen.path.string(), "/", chosen.path};
    case BaseKind::image:
      break;
  }
  Layer layer{"base", fmt::format("{} ({})", chosen.path.string(), chosen.file_system), "/", {}};
  if (chosen.entry) {
    const auto contents = std::make_shared<const Contents>(chosen.entry->contents);
    layer.look_up = [contents](const fs::path& path) { return contents->look_up(path); };
  }
  return layer;
}

std::optional<Entry> look_up(const ChosenRoot& chosen, const fs::path& relative) {
  if (chosen.kind == BaseKind::image) {
    if (!chosen.entry) return std::nullopt;
    return Contents(chosen.entry->contents).look_up(relative);
  }
  const fs::path top = chosen.kind == BaseKind::host ? fs::path("/") : chosen.path;
  std::error_code error;
  const fs::file_status status = fs::symlink_status(top / relative, error);
  if (!fs::exists(status)) return std::nullopt;
  Entry entry;
  entry.directory = fs::is_directory(status);
  if (fs::is_symlink(status)) entry.link = fs::read_symlink(top / relative, error).string();
  return entry;
}

}  // namespace quiz::root
