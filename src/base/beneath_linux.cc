#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "base/beneath.h"
#include "base/error.h"

namespace quiz::base {

namespace {

/// EXDEV or ENOENT where the words alone tell that there is nothing to be opened; 0 otherwise.
int refusal(const fs::path& relative) {
  if (relative.empty()) return ENOENT;
  const bool leaves = std::any_of(relative.begin(), relative.end(),
                                  [](const fs::path& part) { return part == ".."; });
  return relative.is_absolute() || leaves ? EXDEV : 0;
}

Fd none(int error_number) {
  errno = error_number;
  return {};
}

bool makes_a_file(int flags) { return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE; }

bool is_link(int directory, const char* name) {
  struct stat status = {};
  return ::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
}

/// One component, which is no link, or ELOOP.
Fd open_step(int directory, const char* name, int flags, mode_t mode) {
  Fd fd(::openat(directory, name, flags | O_NOFOLLOW | O_CLOEXEC, mode));
  // A link is no directory either; and O_PATH alone opens the link itself.
  if (!fd && errno == ENOTDIR) return none(is_link(directory, name) ? ELOOP : ENOTDIR);
  struct stat status = {};
  if (fd && (flags & O_PATH) != 0 && ::fstat(fd.get(), &status) == 0 && S_ISLNK(status.st_mode)) {
    return none(ELOOP);
  }
  return fd;
}

std::string name_of(int directory, const fs::path& relative) {
  std::error_code ignored;
  return (fs::read_symlink("/proc/self/fd/" + std::to_string(directory), ignored) / relative)
      .string();
}

}  // namespace

int open_itself(const char* path, int flags) noexcept {
  open_how how = {};
  how.flags = static_cast<__u64>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const long fd = ::syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
  if (fd < 0 && (errno == ENOSYS || errno == EPERM)) return ::open(path, flags | O_CLOEXEC);
  return static_cast<int>(fd);
}

Fd open_beneath_by_steps(int directory, const fs::path& relative, int flags, mode_t mode) {
  if (const int error_number = refusal(relative)) return none(error_number);
  Fd parent;  // of the component that comes next; at first `directory`
  std::string name = ".";
  for (const fs::path& part : relative) {
    if (part.empty() || part == ".") continue;
    if (name != ".") {
      const int here = parent ? parent.get() : directory;
      Fd step = open_step(here, name.c_str(), O_PATH | O_DIRECTORY, 0);
      if (!step) return {};
      parent = std::move(step);
    }
    name = part.string();
  }
  return open_step(parent ? parent.get() : directory, name.c_str(), flags, mode);
}

Fd open_beneath_quietly(int directory, const fs::path& relative, int flags, mode_t mode) {
  if (const int error_number = refusal(relative)) return none(error_number);
  open_how how = {};
  // O_PATH would open a link itself if it were asked not to follow it.
  how.flags = static_cast<unsigned>((flags & ~O_NOFOLLOW) | O_CLOEXEC);
  how.mode = makes_a_file(flags) ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  // EAGAIN: something was renamed meanwhile. Who does that all the time is not waited for.
  for (int attempt = 0; attempt < 8; ++attempt) {
    Fd fd(static_cast<int>(::syscall(SYS_openat2, directory, relative.c_str(), &how, sizeof how)));
    if (fd || (errno != EAGAIN && errno != EINTR)) {
      // EPERM: what sandboxes that do not know the call answer.
      if (!fd && (errno == ENOSYS || errno == EPERM)) break;
      return fd;
    }
  }
  return open_beneath_by_steps(directory, relative, flags, mode);
}

Fd open_beneath(int directory, const fs::path& relative, int flags, mode_t mode) {
  Fd fd = open_beneath_quietly(directory, relative, flags, mode);
  if (!fd) {
    const int error_number = errno;
    const bool writes = (flags & O_ACCMODE) != O_RDONLY;
    throw SystemError((writes ? "cannot write " : "cannot open ") + name_of(directory, relative),
                      error_number);
  }
  return fd;
}

namespace {

std::vector<std::string> names_in(Fd directory) {
  struct Close {
    void operator()(DIR* stream) const { ::closedir(stream); }
  };
  const std::unique_ptr<DIR, Close> stream(::fdopendir(directory.get()));
  if (!stream) return {};
  directory.release();  // the stream's now
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  return names;
}

}  // namespace

bool remove_beneath(int directory, const std::string& name) noexcept try {
  if (::unlinkat(directory, name.c_str(), 0) == 0 || errno == ENOENT) return true;
  if (errno != EISDIR && errno != EPERM) return false;
  const Fd tree = open_beneath_quietly(directory, name, O_RDONLY | O_DIRECTORY);
  if (!tree) return false;
  for (const std::string& inner : names_in(Fd(::fcntl(tree.get(), F_DUPFD_CLOEXEC, 0)))) {
    remove_beneath(tree.get(), inner);
  }
  return ::unlinkat(directory, name.c_str(), AT_REMOVEDIR) == 0;
} catch (const std::exception&) {  // out of memory
  return false;
}

}  // namespace quiz::base
