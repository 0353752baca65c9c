#include "base/paths.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "base/error.h"
#include "base/files.h"

namespace quiz::base {

namespace {

fs::path absolute_variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || value[0] != '/') return {};
  return value;
}

fs::path home() {
  if (fs::path path = absolute_variable("HOME"); !path.empty()) return path;
  if (const passwd* entry = ::getpwuid(::geteuid()); entry != nullptr && entry->pw_dir[0] == '/') {
    return entry->pw_dir;
  }
  throw Error("there is no home directory: HOME is not set and the user is not in /etc/passwd",
              "set HOME, or XDG_DATA_HOME, XDG_CACHE_HOME and XDG_CONFIG_HOME");
}

fs::path base_directory(const char* variable, const char* below_home) {
  fs::path path = absolute_variable(variable);
  return (path.empty() ? home() / below_home : path) / "quiz";
}

}  // namespace

Paths find_paths() {
  Paths paths;
  paths.config = base_directory("XDG_CONFIG_HOME", ".config");
  paths.data = base_directory("XDG_DATA_HOME", ".local/share");
  paths.cache = base_directory("XDG_CACHE_HOME", ".cache");
  const fs::path runtime = absolute_variable("XDG_RUNTIME_DIR");
  // A stale variable (su, a container) names a directory that is not there or not ours.
  struct stat status = {};
  if (!runtime.empty() && ::stat(runtime.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
      status.st_uid == ::geteuid() && ::access(runtime.c_str(), W_OK | X_OK) == 0) {
    paths.runtime = runtime / "quiz";
  } else {
    paths.runtime = "/tmp/quiz-" + std::to_string(::geteuid());
  }
  return paths;
}

void prepare_private_directory(const fs::path& path) {
  struct stat status = {};
  for (;;) {
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
      throw SystemError("cannot make the directory " + path.string());
    }
    if (::lstat(path.c_str(), &status) == 0) break;
    // Whoever leaves it empty removes it, perhaps just now: then it is made again.
    if (errno != ENOENT) throw SystemError("cannot examine " + path.string());
  }
  if (!S_ISDIR(status.st_mode) || status.st_uid != ::geteuid() || (status.st_mode & 022) != 0) {
    throw Error(path.string() + " is not a directory that belongs to you alone",
                "remove it, or set XDG_RUNTIME_DIR (and XDG_CACHE_HOME) to private directories");
  }
}

}  // namespace quiz::base
