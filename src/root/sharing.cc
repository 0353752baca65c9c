#include "root/sharing.h"

#include <algorithm>

namespace quiz::root {

namespace fs = std::filesystem;

namespace {

// Names of the shares: 9p mount tags, and QEMU's ids.
constexpr char kBase[] = "base";
constexpr char kModules[] = "modules";
constexpr char kOutput[] = "output";
constexpr char kDirectory[] = "directory";

// How the guest's 9p caches (Documentation/filesystems/9p.rst).
constexpr char kCached[] = "cache=loose";   // everything, never asking again
constexpr char kCoherent[] = "cache=mmap";  // only what is mapped

bool is_below(const fs::path& path, const fs::path& directory) {
  const auto [end, ignored] =
      std::mismatch(directory.begin(), directory.end(), path.begin(), path.end());
  return end == directory.end();
}

bool is_hidden(const fs::path& path) {
  const auto& hidden = hidden_directories();
  return std::any_of(hidden.begin(), hidden.end(),
                     [&](const fs::path& other) { return is_below(path, other); });
}

}  // namespace

const std::vector<fs::path>& hidden_directories() {
  static const std::vector<fs::path> directories = {"/proc", "/sys", "/dev", "/run"};
  return directories;
}

bool needs_own_share(const fs::path& directory) {
  return is_hidden(directory) && !is_below(directory, "/proc") && !is_below(directory, "/sys");
}

Sharing make_sharing(const SharingRequest& request) {
  const char* const cache = request.follow_changes ? kCoherent : kCached;
  Sharing sharing;
  sharing.exported.push_back({kBase, request.root, false});
  sharing.layers.push_back({kBase, "", wire::ShareMode::read_only, cache});
  const auto share = [&](const char* tag, const fs::path& on_host, const fs::path& in_guest,
                         wire::ShareMode mode, const char* options) {
    sharing.exported.push_back({tag, on_host, mode == wire::ShareMode::read_write});
    sharing.shares.push_back({tag, in_guest.string(), mode, options});
  };
  if (!request.modules.empty()) {
    std::error_code ignored;
    const fs::path lib = fs::canonical("/lib", ignored);  // /usr/lib on most systems
    const fs::path in_guest = (lib.empty() ? "/lib" : lib) / "modules" / request.release;
    if (is_hidden(request.modules)) {
      share(kModules, request.modules, in_guest, wire::ShareMode::copy_on_write, kCached);
    } else {
      // The root shows them already: a mount less.
      sharing.shares.push_back({kBase,
                                in_guest.string(),
                                wire::ShareMode::copy_on_write,
                                {},
                                request.modules.relative_path().string()});
    }
  }
  const auto keep_spare = [&](const char* tag) {
    if (!request.spare.empty()) sharing.exported.push_back({tag, request.spare, false});
  };
  if (needs_own_share(request.directory)) {
    share(kDirectory, request.directory, request.directory, wire::ShareMode::copy_on_write, cache);
  } else {
    keep_spare(kDirectory);
  }
  if (!request.output.empty()) {
    share(kOutput, request.output, kOutputInGuest, wire::ShareMode::read_write, kCoherent);
  } else {
    keep_spare(kOutput);
  }
  return sharing;
}

}  // namespace quiz::root
