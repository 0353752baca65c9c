#include "config/trust.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace quiz::config {

namespace {

std::string user_name(uid_t uid) {
  const passwd* const entry = ::getpwuid(uid);
  return entry == nullptr ? "an unknown user" : entry->pw_name;
}

/// The group that many systems give to each user alone, and root's.
bool private_group(gid_t gid) {
  if (gid == 0) return true;
  if (gid != ::getegid()) return false;
  const group* const entry = ::getgrgid(gid);
  return entry != nullptr && user_name(::geteuid()) == entry->gr_name;
}

}  // namespace

std::string distrust(const struct stat& status) {
  if (status.st_uid != ::geteuid() && status.st_uid != 0) {
    return fmt::format("it belongs to {} (uid {}), not to you or root", user_name(status.st_uid),
                       status.st_uid);
  }
  if (S_ISLNK(status.st_mode)) return {};  // its mode means nothing
  if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
    return "it is not a regular file";
  }
  if ((status.st_mode & S_IWOTH) != 0) return "everybody may write to it";
  if ((status.st_mode & S_IWGRP) != 0 && !private_group(status.st_gid)) {
    return "others of its group may write to it";
  }
  return {};
}

std::string distrust_directory(const std::filesystem::path& path) {
  struct stat status = {};
  if (::lstat(path.c_str(), &status) != 0) {
    return fmt::format("it cannot be examined: {}", std::strerror(errno));
  }
  if (std::string reason = distrust(status); !reason.empty()) return reason;
  if (!S_ISLNK(status.st_mode)) return {};
  if (::stat(path.c_str(), &status) != 0) {
    return fmt::format("it cannot be examined: {}", std::strerror(errno));
  }
  return distrust(status);
}

}  // namespace quiz::config
