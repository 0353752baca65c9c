// modules.dep and its companions for modules that a guest sees laid over the kernel's own:
// depmod(8) must see both, and what it writes belongs to the upper ones.
#pragma once

#include <filesystem>
#include <string>

namespace quiz::openzfs {

/// `kernel` is the kernel's own lib/modules/RELEASE (empty: none), `installed` the directory that
/// is laid over it and gets the files. Throws base::Error.
void make_module_index(const std::filesystem::path& kernel, const std::filesystem::path& installed,
                       const std::string& release);

}  // namespace quiz::openzfs
