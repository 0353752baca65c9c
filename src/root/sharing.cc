#include "root/sharing.h"

#include <algorithm>
#include <array>

#include "base/below.h"
#include "config/consent_table.h"

namespace quiz::root {

namespace fs = std::filesystem;
using base::is_below;

namespace {

// Names of exports: 9p mount tags, and QEMU's ids.
constexpr char kSecond[] = "second";
constexpr char kOutput[] = "output";

// How the guest's 9p caches (Documentation/filesystems/9p.rst).
constexpr char kReadOnly[] = "cache=none";  // what the host changes is seen
constexpr char kWritable[] = "cache=mmap";  // a file can be mapped and written

/// "" for "/", "usr/lib" for "/usr/lib".
std::string below_root(const fs::path& path) { return path.relative_path().string(); }

/// The exports that a run needs, as it turns out.
class Exports {
 public:
  Exports() { add(wire::kHostExport, "/"); }

  /// Where the guest finds a directory of the host's.
  wire::Place place(const fs::path& directory) {
    return is_hidden(directory) ? wire::Place{another(directory), ""}
                                : wire::Place{wire::kHostExport, below_root(directory)};
  }
  /// The same, on a file system other than the first export's.
  wire::Place place_apart(const fs::path& directory) {
    if (is_hidden(directory)) return place(directory);
    if (second_root_.empty()) second_root_ = another("/");
    return {second_root_, below_root(directory)};
  }
  /// Its tag. To come after all that is read-only: the first ones are devices that all runs have.
  std::string add_writable(const fs::path& directory, bool mapped = false) {
    ++writables_;
    std::string tag = writables_ == 1 ? kOutput : "write" + std::to_string(writables_);
    if (writables_ == 2 && others_ == 0) tag = kSecond;
    guest_.push_back({tag, kWritable, true});
    host_.push_back({tag, directory, true, mapped});
    return tag;
  }

  /// In the order of the machine's devices, which is the same for all usual runs.
  void finish(const fs::path& spare, Sharing& sharing) {
    const auto has = [&](const char* tag) {
      return std::any_of(host_.begin(), host_.end(), [&](const auto& s) { return s.tag == tag; });
    };
    for (const char* tag : {kSecond, kOutput}) {
      if (!spare.empty() && !has(tag)) host_.push_back({tag, spare, false});
    }
    std::sort(host_.begin(), host_.end(), [](const machine::Share& a, const machine::Share& b) {
      return rank(a.tag) < rank(b.tag);
    });
    sharing.exported = std::move(host_);
    sharing.exports = std::move(guest_);
  }

 private:
  static std::string rank(const std::string& tag) {
    return tag == wire::kHostExport ? "0" : tag == kSecond ? "1" : tag == kOutput ? "2" : "3" + tag;
  }
  void add(const std::string& tag, const fs::path& path) {
    guest_.push_back({tag, kReadOnly, false});
    host_.push_back({tag, path, false});
  }
  std::string another(const fs::path& path) {
    ++others_;
    const std::string tag = others_ == 1 ? kSecond : "more" + std::to_string(others_);
    add(tag, path);
    return tag;
  }

  std::vector<machine::Share> host_;
  std::vector<wire::Export> guest_;
  std::string second_root_;
  int others_ = 0;
  int writables_ = 0;
};

/// The module directories of layers, which lie above the kernel's own: what was installed beside
/// it, with a modules.dep that knows both.
std::vector<fs::path> module_layers(const SharingRequest& request) {
  std::vector<fs::path> found;
  for (const auto* layers : {&request.user, &request.system}) {
    for (const fs::path& layer : *layers) {
      std::error_code ignored;
      const fs::path modules = layer / "usr/lib/modules" / request.release;
      if (fs::is_directory(modules, ignored)) found.push_back(modules);
    }
  }
  return found;
}

/// Where the guest has its modules, without symbolic links on the host's own `/`.
fs::path module_directory(const SharingRequest& request, const SharingFacts& facts) {
  const fs::path lib = request.base == BaseKind::host ? facts.lib : "/lib";
  return lib / "modules" / request.release;
}

}  // namespace

const std::vector<fs::path>& hidden_directories() { return config::hidden_directories(); }

bool is_hidden(const fs::path& path) {
  const auto& hidden = hidden_directories();
  return std::any_of(hidden.begin(), hidden.end(),
                     [&](const fs::path& other) { return is_below(path, other); });
}

bool needs_own_share(const fs::path& directory) {
  return is_hidden(directory) && !is_below(directory, "/proc") && !is_below(directory, "/sys");
}

DirectoryView directory_view(const fs::path& directory) {
  constexpr std::array<const char*, 2> kSources = {"/usr/src", "/usr/local/src"};
  constexpr std::array<const char*, 9> kSystem = {"/usr",   "/etc",   "/bin",    "/sbin",   "/lib",
                                                  "/lib32", "/lib64", "/libx32", "/var/lib"};
  const auto lies_in = [&](const char* top) { return is_below(directory, top); };
  if (directory == "/" || directory == "/var" || lies_in("/proc") || lies_in("/sys")) {
    return DirectoryView::own;
  }
  if (std::any_of(kSources.begin(), kSources.end(), lies_in)) return DirectoryView::read_only;
  if (std::any_of(kSystem.begin(), kSystem.end(), lies_in)) return DirectoryView::own;
  if (directory == "/tmp" || directory == "/var/tmp" || is_hidden(directory)) {
    return DirectoryView::copy_on_write;
  }
  return DirectoryView::read_only;
}

namespace {

void add_layers(const SharingRequest& request, Exports& exports, Sharing& sharing) {
  std::vector<fs::path> layers = request.user;
  layers.insert(layers.end(), request.system.begin(), request.system.end());
  for (const fs::path& layer : layers) {
    const bool nested =
        request.base == BaseKind::host ||
        (request.base == BaseKind::directory &&
         (is_below(layer, request.base_directory) || is_below(request.base_directory, layer)));
    sharing.layers.push_back(nested ? exports.place_apart(layer) : exports.place(layer));
  }
  switch (request.base) {
    case BaseKind::host:
      return sharing.layers.push_back({wire::kHostExport, ""});
    case BaseKind::directory:
      return sharing.layers.push_back(exports.place(request.base_directory));
    case BaseKind::image:
      return sharing.layers.push_back({wire::kRootImage, ""});
  }
}

void add_modules(const SharingRequest& request, const SharingFacts& facts, Exports& exports,
                 Sharing& sharing) {
  std::vector<wire::Place> places;
  const std::vector<fs::path>& above = facts.modules;
  // With no modules but the root's own, those of the layers are in its overlay already.
  if (request.modules.empty()) return;
  if (request.base == BaseKind::host && above.empty() && !is_hidden(request.modules)) {
    // The root shows them already: a mount less.
    places = {{"", below_root(request.modules)}};
  } else {
    for (const fs::path& layer : above) places.push_back(exports.place(layer));
    places.push_back(exports.place(request.modules));
  }
  sharing.mounts.push_back({module_directory(request, facts).string(),
                            wire::ShareMode::copy_on_write, std::move(places)});
}

void add_directory(const SharingRequest& request, const SharingFacts& facts, Exports& exports,
                   Sharing& sharing) {
  const bool seen = request.base == BaseKind::host && !needs_own_share(request.directory);
  const DirectoryView view = directory_view(request.directory);
  if (seen || view == DirectoryView::own) return;
  sharing.mounts.push_back({request.directory.string(),
                            view == DirectoryView::read_only ? wire::ShareMode::read_only
                                                             : wire::ShareMode::copy_on_write,
                            {exports.place(facts.directory)}});
}

}  // namespace

SharingFacts look_up_sharing(const SharingRequest& request) {
  SharingFacts facts;
  std::error_code ignored;
  if (const fs::path lib = fs::canonical("/lib", ignored); !lib.empty()) facts.lib = lib;
  facts.directory = fs::canonical(request.directory, ignored);
  if (facts.directory.empty()) facts.directory = request.directory;
  facts.modules = module_layers(request);
  return facts;
}

Sharing make_sharing(const SharingRequest& request) {
  return make_sharing(request, look_up_sharing(request));
}

Sharing make_sharing(const SharingRequest& request, const SharingFacts& facts) {
  Sharing sharing;
  Exports exports;
  add_layers(request, exports, sharing);
  add_modules(request, facts, exports, sharing);
  add_directory(request, facts, exports, sharing);
  for (const Shown& shown : request.shown) {
    sharing.mounts.push_back(
        {shown.place.string(),
         shown.copy_on_write ? wire::ShareMode::copy_on_write : wire::ShareMode::read_only,
         {exports.place(shown.directory)}});
  }
  if (!request.output.empty()) {
    sharing.mounts.push_back({kOutputInGuest,
                              wire::ShareMode::read_write,
                              {{exports.add_writable(request.output), ""}}});
  }
  for (const Writable& writable : request.writable) {
    sharing.mounts.push_back({writable.place.string(),
                              wire::ShareMode::read_write,
                              {{exports.add_writable(writable.directory, writable.mapped), ""}}});
  }
  exports.finish(request.spare, sharing);
  return sharing;
}

std::vector<machine::Share> seen_through(const std::string& root,
                                         std::vector<machine::Share> shares) {
  if (root.empty()) return shares;
  for (machine::Share& share : shares) {
    share.path = share.path == "/" ? fs::path(root) : fs::path(root + share.path.string());
  }
  return shares;
}

}  // namespace quiz::root
