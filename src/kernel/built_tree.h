// A kernel that was built by hand, run from where it was made: `-k .` and `-k DIR`. The image and
// the modules that quiz needs are read in place; nothing is stored.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "kernel/config_fragment.h"
#include "kernel/kernel.h"

namespace quiz::kernel {

/// The options that a guest of quiz cannot do without and that `config` has neither built in nor as
/// modules. Pure.
std::vector<std::string> missing_options(const ConfigValues& config,
                                         const base::Architecture& architecture);

/// Describes the built source tree, or the build directory (O=), at `directory`. Throws
/// base::Error: it is none, it is not built, its configuration lacks what quiz needs. `cache` as
/// for describe_image.
Kernel describe_built_tree(const fs::path& directory, const fs::path& cache);

}  // namespace quiz::kernel
