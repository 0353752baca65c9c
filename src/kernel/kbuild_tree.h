// The part of a kernel's source and build that out-of-tree modules are compiled against, as
// distributions package it (linux-headers-*): one directory, usable when both are gone.
#pragma once

#include <filesystem>

#include "base/architecture.h"

namespace quiz::kernel {

/// Copies from the source tree and its build directory to `target`, what is for the kernel's
/// architecture among it. Throws base::Error.
void copy_kbuild_tree(const std::filesystem::path& source, const std::filesystem::path& build,
                      const std::filesystem::path& target, const base::Architecture& of);

}  // namespace quiz::kernel
