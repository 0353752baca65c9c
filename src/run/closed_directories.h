// Directories that the caller may enter but not list (mode 0711, another's): QEMU's 9p server reads
// each directory on its way, and would come no further than there. In their place the confinement
// shows a directory with nothing but what the run needs of it.
#pragma once

#include <filesystem>
#include <vector>

namespace quiz::run {

struct ClosedDirectories {
  std::vector<std::filesystem::path> closed;  ///< the outermost on each way, each once
  std::vector<std::filesystem::path> needed;  ///< what lies behind the innermost, each once
};

/// Those on the way to `paths`, which are absolute; what does not exist is left out.
ClosedDirectories closed_directories(const std::vector<std::filesystem::path>& paths);

}  // namespace quiz::run
