#include "run/closed_directories.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

namespace quiz::run {

namespace fs = std::filesystem;

namespace {

bool allows(const fs::path& directory, int mode) {
  return ::faccessat(AT_FDCWD, directory.c_str(), mode, AT_EACCESS) == 0;
}

void add_once(std::vector<fs::path>& paths, const fs::path& path) {
  if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
}

}  // namespace

ClosedDirectories closed_directories(const std::vector<fs::path>& paths) {
  ClosedDirectories found;
  for (const fs::path& path : paths) {
    std::error_code error;
    const fs::path real = fs::canonical(path, error);
    if (error) continue;
    fs::path outermost, behind;
    fs::path above = "/";
    for (const fs::path& name : real.relative_path()) {
      if (above != "/" && allows(above, X_OK) && !allows(above, R_OK)) {
        if (outermost.empty()) outermost = above;
        behind = above / name;
      }
      above /= name;
    }
    if (outermost.empty()) continue;
    add_once(found.closed, outermost);
    add_once(found.needed, behind);
  }
  return found;
}

}  // namespace quiz::run
