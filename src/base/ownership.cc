#include "base/ownership.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"

namespace quiz::base {

std::string why_not_private(int fd) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) return "cannot be examined";
  if (status.st_uid != ::geteuid()) return "belongs to another user";
  if ((status.st_mode & 077) != 0) return "is open to other users";
  return {};
}

void make_private_directories(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return;
  fs::path parent = path.parent_path();
  while (!fs::exists(parent, ignored) && parent.has_relative_path()) parent = parent.parent_path();
  struct stat status = {};
  if (::stat(parent.c_str(), &status) == 0 && status.st_uid != ::geteuid() && status.st_uid != 0) {
    throw Error(parent.string() + " belongs to another user",
                "set HOME (or XDG_CACHE_HOME and XDG_DATA_HOME) to directories of your own");
  }
  make_directories(path, 0700);
}

}  // namespace quiz::base
