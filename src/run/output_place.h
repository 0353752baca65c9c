// Where the directory of --output may be: not where its guest could write what quiz or the caller's
// other programs believe. What becomes of what the guest writes there is output_directory.h's
// matter.
#pragma once

#include <filesystem>

#include "base/paths.h"

namespace quiz::run {

/// Refused with an Error: `/`, /proc, /sys and /dev, a home directory and what contains one, quiz's
/// own directories, what contains them or lies in them, a project (which has .quiz or .quiz.toml)
/// and what contains the one that is `project` (empty: none), and a project's .quiz. Only
/// .quiz/results/NAME is for results, and may be anywhere. `output` is absolute and need not exist.
void check_output_place(const std::filesystem::path& output, const base::Paths& paths,
                        const std::filesystem::path& project);

}  // namespace quiz::run
