#include "config/trust.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "config/private_group.h"

namespace quiz::config {

namespace {

std::string user_name(uid_t uid) {
  const passwd* const entry = ::getpwuid(uid);
  return entry == nullptr ? "an unknown user" : entry->pw_name;
}

constexpr char kAccessList[] = "system.posix_acl_access";
constexpr char kOthersByList[] = "its access list may let others write to it";

/// With an access list (acl(5)) the group's bits are only what anybody in it can have at most.
bool may_let_others_write(const struct stat& status, ssize_t list_size) {
  return !S_ISLNK(status.st_mode) && (status.st_mode & S_IWGRP) != 0 && list_size > 0;
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
  if ((status.st_mode & S_IWGRP) != 0 && !is_callers_private_group(status.st_gid)) {
    return "others of its group may write to it";
  }
  return {};
}

std::string distrust_file(int fd) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) {
    return fmt::format("it cannot be examined: {}", std::strerror(errno));
  }
  if (std::string reason = distrust(status); !reason.empty()) return reason;
  if (may_let_others_write(status, ::fgetxattr(fd, kAccessList, nullptr, 0))) return kOthersByList;
  return {};
}

std::string distrust_directory(const std::filesystem::path& path) {
  struct stat status = {};
  if (::lstat(path.c_str(), &status) != 0) {
    return fmt::format("it cannot be examined: {}", std::strerror(errno));
  }
  if (std::string reason = distrust(status); !reason.empty()) return reason;
  if (S_ISLNK(status.st_mode)) {
    if (::stat(path.c_str(), &status) != 0) {
      return fmt::format("it cannot be examined: {}", std::strerror(errno));
    }
    if (std::string reason = distrust(status); !reason.empty()) return reason;
  }
  if (may_let_others_write(status, ::getxattr(path.c_str(), kAccessList, nullptr, 0))) {
    return kOthersByList;
  }
  return {};
}

}  // namespace quiz::config
