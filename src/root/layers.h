// The layers of a guest's `/` as the host knows them: which directories become layers, and where a
// file that the guest sees comes from (`quiz layers`). What the guest makes of them is sharing.h's.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/architecture.h"
#include "root/sharing.h"

namespace quiz::root {

/// The directories that a run lays over its base, canonical.
struct LayerDirectories {
  std::vector<std::filesystem::path> user;    ///< topmost first
  std::vector<std::filesystem::path> system;  ///< "
  /// Those of the project among them, and by which name: config/consent_table.h says which it may
  /// have.
  struct OfProject {
    std::filesystem::path name;       ///< PROJECT/.quiz/user
    std::filesystem::path directory;  ///< canonical
  };
  std::vector<OfProject> of_project = {};
};

/// `config` is base::Paths::config, `start` where the caller stands. What was installed for
/// machines of another architecture than the host's is PROJECT/.quiz/system+s390x. Directories that
/// may not be believed are left out, with a warning.
LayerDirectories find_layers(const std::filesystem::path& config,
                             const std::filesystem::path& start,
                             const base::Architecture& architecture,
                             std::vector<std::string>& warnings);

/// Throws base::Error when a layer has a directory where its base has a symbolic link (/bin on most
/// systems): the overlay would hide all that the link leads to. `is_link` answers for names in the
/// base's top directory.
void check_layers(const LayerDirectories& layers,
                  const std::function<bool(const std::string& name)>& is_link);

/// What is at a path in a layer.
struct Entry {
  bool directory = false;
  std::optional<std::string> link;  ///< where a symbolic link points to
};

/// One layer, or a directory mounted into `/`.
struct Layer {
  std::string name;         ///< "user", "modules", "base" …
  std::string description;  ///< for a person
  std::filesystem::path in_guest = "/";
  std::filesystem::path on_host;  ///< the directory that holds its files; empty: there is none
  /// Looks up a path relative to `in_guest` where `on_host` is empty; may be empty itself.
  std::function<std::optional<Entry>(const std::filesystem::path&)> look_up{};

  bool is_mount() const { return in_guest != "/"; }
};

/// Where one path of the guest comes from.
struct Origin {
  std::string layer;
  std::filesystem::path on_host;  ///< empty: it has none
};
struct Found {
  std::filesystem::path path;   ///< in the guest, symbolic links on the way resolved
  std::vector<Origin> origins;  ///< what is seen, then what it hides; empty: the path is nowhere
};

/// `layers` topmost first. Of a directory all layers that have it are named: they are merged.
Found find_path(const std::vector<Layer>& layers, const std::filesystem::path& path);

/// The layers that a request makes, topmost first, without the tmpfs and the bundle.
std::vector<Layer> describe(const SharingRequest& request, const Layer& base);

}  // namespace quiz::root
