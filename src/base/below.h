// Whether one path lies below another, by their names alone: whoever cares for symbolic links makes
// both canonical first.
#pragma once

#include <algorithm>
#include <filesystem>

namespace quiz::base {

/// A directory lies below itself.
inline bool is_below(const std::filesystem::path& path, const std::filesystem::path& directory) {
  const auto [end, ignored] =
      std::mismatch(directory.begin(), directory.end(), path.begin(), path.end());
  return end == directory.end();
}

}  // namespace quiz::base
