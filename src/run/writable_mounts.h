// The directories of -w: from their words to what a run mounts, and where writable ones may not be,
// since what a guest can write must not be what quiz, the caller's other programs or other users
// believe. What becomes of what the guest writes there is output_directory.h's matter.
#pragma once

#include <filesystem>
#include <vector>

#include "base/paths.h"
#include "config/settings.h"
#include "run/request.h"

namespace quiz::run {

struct NamedMounts {
  std::vector<WritableMount> writes;
  std::vector<ShownMount> shown;
};

/// Looks at the directories. `project` is the one that the caller stands in (empty: none), and
/// `directory` where the program runs. Throws base::Error.
NamedMounts named_mounts(const config::ValueList<std::string>& writes, const base::Paths& paths,
                         const std::filesystem::path& project,
                         const std::filesystem::path& directory);

}  // namespace quiz::run
