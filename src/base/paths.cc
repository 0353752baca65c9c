#include "base/paths.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
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

std::string user_name(uid_t uid) {
  const passwd* const entry = ::getpwuid(uid);
  return entry == nullptr ? fmt::format("uid {}", uid) : entry->pw_name;
}

/// Whose the directory is, where it is neither the caller's nor root's: of `top` and all below it
/// on the way to `path` that is there.
std::optional<uid_t> foreign_owner(const fs::path& top, const fs::path& path) {
  fs::path here = top;
  const fs::path below = path.lexically_relative(top);
  for (auto part = below.begin();; ++part) {
    struct stat status = {};
    if (::stat(here.c_str(), &status) != 0) return std::nullopt;
    if (status.st_uid != ::geteuid() && status.st_uid != 0) return status.st_uid;
    if (part == below.end()) return std::nullopt;
    here /= *part;
  }
}

fs::path home_by_password_database() {
  const passwd* const entry = ::getpwuid(::geteuid());
  if (entry != nullptr && entry->pw_dir[0] == '/') return entry->pw_dir;
  return {};
}

/// Somebody who controls such a directory would choose what the caller boots, believes and runs
/// (kernels, settings, hooks), and where his files are written to: it is passed over.
class BaseDirectories {
 public:
  explicit BaseDirectories(Paths& paths) : paths_(paths) {}

  fs::path find(const char* variable, const char* below_home) {
    if (const fs::path top = absolute_variable(variable); !top.empty()) {
      if (is_ours(variable, top, top / kName)) return top / kName;
    }
    const fs::path below = fs::path(below_home) / kName;
    if (const fs::path home = absolute_variable("HOME"); !home.empty()) {
      if (is_ours("HOME", home, home / below)) return home / below;
    }
    const fs::path home = home_by_password_database();
    if (home.empty()) {
      throw Error("there is no home directory: HOME is not set and the user is not in /etc/passwd",
                  kRemedy);
    }
    if (const auto owner = foreign_owner(home, home / below)) {
      throw Error(
          fmt::format("{} belongs to {}, not to you", (home / below).string(), user_name(*owner)),
          kRemedy);
    }
    return home / below;
  }

 private:
  static constexpr char kName[] = "quiz";
  static constexpr char kRemedy[] =
      "set HOME, or XDG_DATA_HOME, XDG_CACHE_HOME and XDG_CONFIG_HOME, to directories of your own";

  bool is_ours(const char* variable, const fs::path& top, const fs::path& path) {
    const auto owner = foreign_owner(top, path);
    if (!owner) return true;
    const std::string warning =
        fmt::format("{}={} is not used: it belongs to {}, not to you or root", variable,
                    top.string(), user_name(*owner));
    if (std::find(paths_.warnings.begin(), paths_.warnings.end(), warning) ==
        paths_.warnings.end()) {
      paths_.warnings.push_back(warning);
    }
    return false;
  }

  Paths& paths_;
};

/// A directory of the caller's own that the caller cannot enter: a umask of 0177 made it, as a
/// rule.
void require_way_to(const fs::path& path) {
  struct stat status = {};
  fs::path here;
  for (const fs::path& part : path) {
    here /= part;
    if (::stat(here.c_str(), &status) != 0) return;
    if (::geteuid() == 0 || status.st_uid != ::geteuid() || (status.st_mode & S_IXUSR) != 0) {
      continue;
    }
    throw Error(fmt::format("{} cannot be entered: its mode is {:04o}", here.string(),
                            status.st_mode & 07777),
                "chmod u+rwx " + here.string());
  }
}

/// A directory of the caller that nobody else can write.
bool is_private(const struct stat& status) {
  return S_ISDIR(status.st_mode) && status.st_uid == ::geteuid() && (status.st_mode & 022) == 0;
}

/// Nothing is there, or what is there is the caller's alone.
bool may_be_private(const fs::path& path) {
  struct stat status = {};
  return ::lstat(path.c_str(), &status) != 0 || is_private(status);
}

void choose_runtime(Paths& paths, const fs::path& temporary) {
  const fs::path given = absolute_variable("XDG_RUNTIME_DIR");
  const fs::path shared = temporary / fmt::format("quiz-{}", ::geteuid());
  const fs::path own = paths.cache / kRuntimeInCache;
  // A stale variable (su, a container) names a directory that is not there or not ours.
  struct stat status = {};
  if (!given.empty() && ::stat(given.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
      status.st_uid == ::geteuid() && ::access(given.c_str(), W_OK | X_OK) == 0) {
    paths.runtime = given / "quiz";
    paths.other_runtimes = {shared, own};
  } else if (may_be_private(shared)) {
    paths.runtime = shared;
    paths.other_runtimes = {own};
  } else {
    // Anybody can make it first.
    paths.details.push_back(
        fmt::format("{} is not a directory of yours alone: running machines are in {}",
                    shared.string(), own.string()));
    paths.runtime = own;
  }
}

}  // namespace

Paths find_paths(const fs::path& temporary) {
  Paths paths;
  BaseDirectories directories(paths);
  paths.config = directories.find("XDG_CONFIG_HOME", ".config");
  paths.data = directories.find("XDG_DATA_HOME", ".local/share");
  paths.cache = directories.find("XDG_CACHE_HOME", ".cache");
  for (const fs::path& path : {paths.config, paths.data, paths.cache}) require_way_to(path);
  choose_runtime(paths, temporary);
  return paths;
}

std::vector<fs::path> own_runtimes(const Paths& paths) {
  std::vector<fs::path> own = paths.other_runtimes;
  own.push_back(paths.runtime);
  std::erase_if(own, [](const fs::path& path) {
    struct stat status = {};
    return ::lstat(path.c_str(), &status) != 0 || !is_private(status);
  });
  return own;
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
  if (!is_private(status)) {
    throw Error(path.string() + " is not a directory that belongs to you alone",
                "remove it, or set XDG_RUNTIME_DIR (and XDG_CACHE_HOME) to private directories");
  }
  if ((status.st_mode & S_IRWXU) != S_IRWXU && ::chmod(path.c_str(), 0700) != 0) {
    throw SystemError("cannot use " + path.string());
  }
}

}  // namespace quiz::base
