#include "config/settings_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>

#include "base/error.h"
#include "base/fd.h"
#include "config/trust.h"

namespace quiz::config {

namespace fs = std::filesystem;

namespace {

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
  if (const std::string reason = distrust_file(fd.get()); !reason.empty()) {
    return ignored(path, reason);
  }
  struct stat status = {};
  if (::fstat(fd.get(), &status) != 0) throw base::SystemError("cannot examine " + path.string());
  if (!S_ISREG(status.st_mode)) return ignored(path, "it is not a regular file");
  return SettingsFile{path, read_all(fd.get(), path)};
}

std::filesystem::path remembered_file(const base::Architecture& architecture) {
  return std::filesystem::path(".quiz") / (base::name_for("config", architecture) + ".toml");
}

FoundFile find_project_file(const fs::path& directory, const fs::path& name) {
  for (fs::path here = directory;; here = here.parent_path()) {
    if (FoundFile found = read_settings_file(here / name)) return found;
    if (here == here.parent_path()) return std::nullopt;
  }
}

}  // namespace quiz::config
