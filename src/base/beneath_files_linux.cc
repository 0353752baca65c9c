#include <dirent.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "base/beneath.h"
#include "base/beneath_files.h"
#include "base/error.h"
#include "base/files.h"

namespace quiz::base {

namespace {

timespec time_of(const statx_timestamp& stamp) {
  timespec time = {};
  time.tv_sec = stamp.tv_sec;
  time.tv_nsec = stamp.tv_nsec;
  return time;
}

EntryStatus status_of(const struct statx& found) {
  EntryStatus status;
  status.mode = found.stx_mode;
  status.user = found.stx_uid;
  status.group = found.stx_gid;
  status.links = found.stx_nlink;
  status.size = found.stx_size;
  status.disk_size = found.stx_blocks * 512;
  status.device = std::uint64_t{found.stx_dev_major} << 32 | found.stx_dev_minor;
  status.inode = found.stx_ino;
  status.changed = time_of(found.stx_ctime);
  status.mounted = (found.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
  if ((found.stx_mask & STATX_BTIME) != 0) status.born = time_of(found.stx_btime);
  return status;
}

/// The entry as it is, opened for nothing: whatever is done by this descriptor is done to it.
Fd hold(int directory, const std::string& name) {
  return Fd(::openat(directory, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
}

std::string by_descriptor(const Fd& held) { return "/proc/self/fd/" + std::to_string(held.get()); }

struct CloseDirectory {
  void operator()(DIR* stream) const { ::closedir(stream); }
};

std::string temporary_name(const std::string& name) {
  static unsigned count = 0;
  return ".quiz-" + std::to_string(::getpid()) + "-" + std::to_string(++count) + "-" +
         name.substr(0, 100);
}

}  // namespace

Fd open_directory(const std::filesystem::path& path) {
  return open_file(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
}

std::optional<EntryStatus> entry_status(int directory, const std::string& name) {
  struct statx found = {};
  // What this host knows of it: a server that does not answer, where one is mounted, is not asked.
  constexpr int kFlags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC;
  if (::statx(directory, name.c_str(), kFlags, STATX_BASIC_STATS | STATX_BTIME, &found) == 0) {
    return status_of(found);
  }
  if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
  throw SystemError("cannot examine " + name);
}

EntryStatus open_status(int fd) {
  struct statx found = {};
  if (::statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &found) != 0) {
    throw SystemError("cannot examine a directory");
  }
  return status_of(found);
}

int compare_times(const timespec& one, const timespec& other) {
  if (one.tv_sec != other.tv_sec) return one.tv_sec < other.tv_sec ? -1 : 1;
  if (one.tv_nsec != other.tv_nsec) return one.tv_nsec < other.tv_nsec ? -1 : 1;
  return 0;
}

timespec time_in(int directory) {
  Fd file(::openat(directory, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
  const std::string name = temporary_name("time");
  if (!file) {
    file.reset(::openat(directory, name.c_str(),
                        O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (file) ::unlinkat(directory, name.c_str(), 0);
  }
  if (file) return open_status(file.get()).changed;
  // A directory that cannot be written to: nothing will be made there. Files get the time of the
  // kernel's last tick.
  timespec now = {};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return now;
}

std::optional<Content> read_beneath(int directory, const std::filesystem::path& relative,
                                    std::uint64_t limit) {
  // Who opens a FIFO or a terminal so does not wait for anybody; devices are closed again unread.
  const Fd file =
      open_beneath_quietly(directory, relative, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
  if (!file) {
    for (const int expected : {ENOENT, ENOTDIR, ELOOP, EXDEV, ENXIO, ENODEV}) {
      if (errno == expected) return std::nullopt;
    }
    throw SystemError("cannot open " + relative.string());
  }
  if (!S_ISREG(open_status(file.get()).mode)) return std::nullopt;
  Content content;
  char buffer[65536];
  while (content.text.size() <= limit) {
    const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw SystemError("cannot read " + relative.string());
    if (count == 0) return content;
    content.text.append(buffer, static_cast<std::size_t>(count));
  }
  content.text.resize(limit);
  content.cut = true;
  return content;
}

void write_beneath(int directory, const std::string& name, std::string_view data, mode_t mode) {
  const std::string temporary = temporary_name(name);
  const Fd file(::openat(directory, temporary.c_str(),
                         O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) throw SystemError("cannot write " + name);
  try {
    write_all(file.get(), data, name);
    if (::fchmod(file.get(), mode) != 0 || ::fsync(file.get()) != 0 ||
        ::renameat(directory, temporary.c_str(), directory, name.c_str()) != 0) {
      throw SystemError("cannot write " + name);
    }
  } catch (...) {
    ::unlinkat(directory, temporary.c_str(), 0);
    throw;
  }
}

std::optional<Fd> make_directory_beneath(int directory, const std::string& name, mode_t mode) {
  if (::mkdirat(directory, name.c_str(), mode) != 0) {
    if (errno == EEXIST) return std::nullopt;
    throw SystemError("cannot make the directory " + name);
  }
  return open_beneath(directory, name, O_RDONLY | O_DIRECTORY);
}

Fd open_or_make_directory(int directory, const std::string& name, mode_t mode) {
  if (::mkdirat(directory, name.c_str(), mode) != 0 && errno != EEXIST) {
    throw SystemError("cannot make the directory " + name);
  }
  return open_beneath(directory, name, O_RDONLY | O_DIRECTORY);
}

std::vector<std::string> names_beneath(int directory, std::size_t most) {
  Fd own = open_beneath(directory, ".", O_RDONLY | O_DIRECTORY);
  const std::unique_ptr<DIR, CloseDirectory> stream(::fdopendir(own.get()));
  if (!stream) throw SystemError("cannot list a directory");
  (void)own.release();  // the stream's now
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (names.size() == most) break;
    names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool change_mode(int directory, const std::string& name, mode_t mode) {
  const Fd held = hold(directory, name);
  return held && ::chmod(by_descriptor(held).c_str(), mode) == 0;
}

bool change_owner(int directory, const std::string& name, uid_t user, gid_t group) {
  const Fd held = hold(directory, name);
  return held && ::fchownat(held.get(), "", user, group, AT_EMPTY_PATH) == 0;
}

void drop_capabilities(int directory, const std::string& name) {
  if (const Fd held = hold(directory, name)) {
    ::removexattr(by_descriptor(held).c_str(), "security.capability");
  }
}

bool leads_out(int directory, const std::filesystem::path& relative) {
  open_how how = {};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const Fd found(
      static_cast<int>(::syscall(SYS_openat2, directory, relative.c_str(), &how, sizeof how)));
  return !found && errno == EXDEV;
}

}  // namespace quiz::base
