// The modules' sources as seen from a build directory. Since Linux 6.10 kbuild looks for the source
// of an object beside the object and nowhere else, so a build outside the sources has links to
// them.
#pragma once

#include <filesystem>

namespace quiz::openzfs {

/// Makes `build` have the directories of `source`, with a symbolic link to each .c, .S and .h file
/// that is there, and removes links to those that are gone. Throws base::Error.
void link_sources(const std::filesystem::path& source, const std::filesystem::path& build);

}  // namespace quiz::openzfs
