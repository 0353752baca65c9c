#include "run/kernel_links.h"

#include "root/layers.h"

namespace quiz::run {

namespace fs = std::filesystem;

namespace {

wire::BundleFile link(const fs::path& path, const fs::path& target) {
  return {path.relative_path().string(), wire::kSymbolicLink, target.string()};
}

bool is_in_root(const Request& request, const fs::path& path) {
  const fs::path relative = path.relative_path();
  for (const auto* layers : {&request.layers.user, &request.layers.system}) {
    for (const fs::path& layer : *layers) {
      std::error_code ignored;
      if (fs::exists(fs::symlink_status(layer / relative, ignored))) return true;
    }
  }
  if (request.base.kind != root::BaseKind::host) {
    return !root::find_path({root::layer_of(request.base)}, path).origins.empty();
  }
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

/// A file of the host's that the guest's `/` has at the same place.
bool is_seen(const Request& request, const fs::path& file) {
  return request.base.kind == root::BaseKind::host && !root::needs_own_share(file);
}

/// Where the guest has the configuration; empty if nowhere.
fs::path config_in_guest(const Request& request) {
  const kernel::Kernel& kernel = request.kernel;
  std::error_code ignored;
  if (kernel.tree.empty() && !kernel.modules.empty() &&
      fs::exists(kernel.module_directory() / "config", ignored)) {
    return fs::path("/lib/modules") / kernel.release / "config";
  }
  const bool seen = !kernel.config.empty() && is_seen(request, kernel.config);
  return seen ? kernel.config : fs::path();
}

}  // namespace

std::vector<wire::BundleFile> kernel_links(const Request& request,
                                           const root::SharingFacts& facts) {
  const kernel::Kernel& kernel = request.kernel;
  std::vector<wire::BundleFile> links;
  const fs::path config = config_in_guest(request);
  const fs::path usual = "/boot/config-" + kernel.release;
  if (!config.empty() && !is_in_root(request, usual)) links.push_back(link(usual, config));
  // Other kernels have theirs beside the modules (kernel/module_companions.h).
  if (!kernel.tree.empty() && is_seen(request, kernel.tree)) {
    const fs::path build = facts.lib / "modules" / kernel.release / "build";
    if (!is_in_root(request, build)) links.push_back(link(build, kernel.tree));
  }
  return links;
}

}  // namespace quiz::run
