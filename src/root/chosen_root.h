// What `-r` means: what a guest's `/` stands on.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "root/layers.h"
#include "root/sharing.h"
#include "root/store.h"

namespace quiz::root {

struct ChosenRoot {
  BaseKind kind = BaseKind::host;
  std::string name = "host";
  std::filesystem::path path;   ///< the directory or the image; empty for the host's own `/`
  std::string file_system;      ///< of an image: "erofs"
  std::optional<Root> entry{};  ///< of an image of the store
};

/// "host" (or nothing), the name of a root in the store, the path of a directory or an image. A
/// name means the root of that name for `architecture` before the host's. Throws base::Error: an
/// unknown name with the nearest one, a path where there is neither, a root of another architecture
/// as far as that is known.
ChosenRoot choose_root(const std::string& selector, const Store& store,
                       const base::Architecture& architecture);

/// The lowest layer, for find_path().
Layer layer_of(const ChosenRoot& chosen);

/// What is at a path of the base, such as "bin"; nullopt where that cannot be told (an image that
/// is not of the store).
std::optional<Entry> look_up(const ChosenRoot& chosen, const std::filesystem::path& relative);

}  // namespace quiz::root
