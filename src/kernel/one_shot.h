// One shot: a kernel with some options changed, for one run. What is not in the store yet is built,
// as the kernel that it varies was, and stays there for the next run.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/reporter.h"
#include "kernel/build.h"
#include "kernel/store.h"

namespace quiz::kernel {

/// The request for `base` with `options` changed; its variant is named after both. `base` is as it
/// was recorded (recorded_request). Pure.
BuildRequest changed_request(BuildRequest base, const std::vector<ConfigAssignment>& options);

/// The kernel for `architecture` that `selector` means (Store::find's; a series or version that is
/// not in the store is taken from Debian's sources), with `options` changed. `cache` is
/// base::Paths::cache, `mirror` find_source's. Throws base::Error: the selector names no kernel
/// that quiz builds; whatever build_kernel throws.
Kernel one_shot_kernel(Store& store, const std::string& selector,
                       const base::Architecture& architecture,
                       const std::vector<ConfigAssignment>& options,
                       const std::filesystem::path& cache, const std::string& mirror,
                       base::Reporter& reporter);

}  // namespace quiz::kernel
