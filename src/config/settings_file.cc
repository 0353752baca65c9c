#include "config/settings_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>

#include "base/error.h"
#include "base/fd.h"

namespace quiz::config {

namespace fs = std::filesystem;

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

/// What speaks against an owner and a mode; empty: nothing.
std::string distrust(const struct stat& status) {
  if (status.st_uid != ::geteuid() && status.st_uid != 0) {
    return fmt::format("it belongs to {} (uid {}), not to you or root", user_name(status.st_uid),
                       status.st_uid);
  }
  if (S_ISLNK(status.st_mode)) return {};  // its mode means nothing
  if (!S_ISREG(status.st_mode)) return "it is not a regular file";
  if ((status.st_mode & S_IWOTH) != 0) return "everybody may write to it";
  if ((status.st_mode & S_IWGRP) != 0 && !private_group(status.st_gid)) {
    return "others of its group may write to it";
  }
  return {};
}

base::Fd open_without_waiting(const fs::path& path, int more_flags) {
  return base::Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | more_flags));
}

std::string read_all(int fd, const fs::path& path) {
  constexpr std::size_t kLimit = std::size_t{1} << 20;
  std::string content;
  char buffer[8192];
  for (;;) {
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw base::SystemError("cannot read " + path.string());
    if (count == 0) return content;
    content.append(buffer, static_cast<std::size_t>(count));
    if (content.size() > kLimit) throw base::Error(path.string() + " is larger than 1 MiB");
  }
}

FoundFile ignored(const fs::path& path, const std::string& reason) {
  return IgnoredFile{fmt::format("ignoring {}: {}", path.string(), reason)};
}

/// `path` is a symbolic link: opens what this very link points to. Sets `reason` if the link is not
/// trusted.
base::Fd open_link(const fs::path& path, std::string& reason) {
  const base::Fd link(::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat status = {};
  if (!link || ::fstat(link.get(), &status) != 0) return {};
  reason = distrust(status);
  char target[PATH_MAX];
  const ssize_t length = ::readlinkat(link.get(), "", target, sizeof target);
  if (!reason.empty() || length < 0) return {};
  return open_without_waiting(
      path.parent_path() / std::string_view(target, static_cast<std::size_t>(length)), 0);
}

}  // namespace

FoundFile read_settings_file(const fs::path& path) {
  base::Fd fd = open_without_waiting(path, O_NOFOLLOW);
  if (!fd && errno == ELOOP) {
    std::string reason;
    fd = open_link(path, reason);
    if (!reason.empty()) return ignored(path, reason);
  }
  if (!fd && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (!fd) return ignored(path, fmt::format("it cannot be opened: {}", std::strerror(errno)));
  struct stat status = {};
  if (::fstat(fd.get(), &status) != 0) throw base::SystemError("cannot examine " + path.string());
  if (const std::string reason = distrust(status); !reason.empty()) return ignored(path, reason);
  return SettingsFile{path, read_all(fd.get(), path)};
}

FoundFile find_project_file(const fs::path& directory) {
  for (fs::path here = directory;; here = here.parent_path()) {
    if (FoundFile found = read_settings_file(here / ".quiz.toml")) return found;
    if (here == here.parent_path()) return std::nullopt;
  }
}

}  // namespace quiz::config
