#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/fanotify.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "attempt.h"
#include "base/fd.h"

namespace quiz::attack {

namespace fs = std::filesystem;

namespace {

using base::Fd;

std::string file(const Targets& t) { return t.victims + "/file"; }
std::string fresh(const Targets& t) { return t.victims + "/new"; }

Outcome try_open(const std::string& path, int flags, mode_t mode = 0600) {
  const Fd opened(::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, mode));
  return opened ? 0 : errno;
}

Outcome try_create(const std::string& directory) {
  if (directory.empty()) return kAbsent;
  const std::string path = directory + "/quiz-attack-was-here";
  const Outcome outcome = try_open(path, O_WRONLY | O_CREAT | O_EXCL);
  if (outcome == 0) ::unlink(path.c_str());
  return outcome;
}

/// A call on the victim opened for reading, as its export allows.
template <typename Call>
Outcome with_descriptor(const Targets& t, Call call) {
  const Fd opened(::open(file(t).c_str(), O_RDONLY | O_CLOEXEC));
  return opened ? outcome_of(call(opened.get())) : errno;
}

/// Opens every file below for writing, without writing; but for what is ours.
Outcome try_write_below(const Targets& t, const std::string& directory) {
  if (directory.empty()) return kAbsent;
  Outcome outcome = kAbsent;
  std::error_code error;
  const auto options = fs::directory_options::skip_permission_denied;
  fs::recursive_directory_iterator entries(directory, options, error);
  if (error) return error.value();
  for (; entries != fs::recursive_directory_iterator(); entries.increment(error)) {
    constexpr int kDeep = 4;  // the view of / that root's QEMU has is somewhere below
    if (entries.depth() >= kDeep) entries.disable_recursion_pending();
    if (!entries->is_regular_file(error) || entries->path() == t.memory) continue;
    outcome = try_open(entries->path().string(), O_WRONLY);
    if (outcome == 0) return 0;
  }
  return outcome;
}

/// A descriptor may be had that is for reading only, whatever was asked for.
Outcome write_memory(const Targets& t) {
  if (t.memory.empty()) return kAbsent;
  const Fd opened(::open(t.memory.c_str(), O_RDWR | O_CLOEXEC));
  if (!opened) return errno;
  constexpr std::size_t kPage = 4096;
  void* const page = ::mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, opened.get(), 0);
  if (page == MAP_FAILED) return errno;
  ::munmap(page, kPage);
  return 0;
}

Outcome bind_socket(const Targets& t) {
  const Fd made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!made) return errno;
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "%s", fresh(t).c_str());
  return outcome_of(::bind(made.get(), reinterpret_cast<sockaddr*>(&address), sizeof address));
}

Outcome set_flags(const Targets& t) {
  return with_descriptor(t, [](int fd) {
    int flags = 0;
    if (::ioctl(fd, FS_IOC_GETFLAGS, &flags) != 0) return -1;
    flags |= FS_NOATIME_FL;
    return ::ioctl(fd, FS_IOC_SETFLAGS, &flags);
  });
}

Outcome reopen(const Targets& t) {
  const Fd opened(::open(file(t).c_str(), O_RDONLY | O_CLOEXEC));
  if (!opened) return errno;
  return try_open("/proc/self/fd/" + std::to_string(opened.get()), O_RDWR);
}

Outcome watch(const Targets& t) {
  const Fd watcher(::inotify_init1(IN_CLOEXEC));
  if (!watcher) return errno;
  return outcome_of(::inotify_add_watch(watcher.get(), t.victims.c_str(), IN_ALL_EVENTS));
}

/// By number, past all names and mounts (needs CAP_DAC_READ_SEARCH).
Outcome open_by_number(const Targets& t) {
  alignas(file_handle) std::array<char, sizeof(file_handle) + MAX_HANDLE_SZ> space{};
  auto* const handle = reinterpret_cast<file_handle*>(space.data());
  handle->handle_bytes = MAX_HANDLE_SZ;
  int mount = 0;
  if (::name_to_handle_at(AT_FDCWD, file(t).c_str(), handle, &mount, 0) != 0) return errno;
  const Fd directory(::open(t.victims.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const Fd opened(::open_by_handle_at(directory.get(), handle, O_RDWR | O_CLOEXEC));
  return opened ? 0 : errno;
}

Outcome rename_exchange(const Targets& t) {
  return outcome_of(::renameat2(AT_FDCWD, file(t).c_str(), AT_FDCWD,
                                (t.victims + "/directory/inside").c_str(), RENAME_EXCHANGE));
}

std::vector<Attempt> opening() {
  return {
      {"file.read", [](const Targets& t) { return try_open(file(t), O_RDONLY); }},
      {"file.write", [](const Targets& t) { return try_open(file(t), O_WRONLY); }},
      {"file.read-write", [](const Targets& t) { return try_open(file(t), O_RDWR); }},
      {"file.append", [](const Targets& t) { return try_open(file(t), O_WRONLY | O_APPEND); }},
      {"file.open-truncate",
       [](const Targets& t) { return try_open(file(t), O_RDONLY | O_TRUNC); }},
      {"file.truncate",
       [](const Targets& t) { return outcome_of(::truncate(file(t).c_str(), 0)); }},
      {"file.reopen", reopen},
      {"file.create", [](const Targets& t) { return try_create(t.victims); }},
      {"file.create-here", [](const Targets&) { return try_create("."); }},
      {"file.create-nameless",
       [](const Targets& t) { return try_open(t.victims, O_TMPFILE | O_RDWR); }},
      {"file.create-in-tmp", [](const Targets&) { return try_create("/tmp"); }},
      {"file.create-in-shm", [](const Targets&) { return try_create("/dev/shm"); }},
      {"file.create-in-cache", [](const Targets& t) { return try_create(t.cache); }},
      {"file.create-in-images", [](const Targets& t) { return try_create(t.cache + "/warm"); }},
      {"file.create-in-data", [](const Targets& t) { return try_create(t.data); }},
      {"file.create-in-runtime", [](const Targets& t) { return try_create(t.runtime); }},
      {"file.write-images", [](const Targets& t) { return try_write_below(t, t.cache + "/warm"); }},
      {"file.write-cache", [](const Targets& t) { return try_write_below(t, t.cache); }},
      {"file.write-data", [](const Targets& t) { return try_write_below(t, t.data); }},
      {"file.write-memory", write_memory},
      {"file.write-runtime", [](const Targets& t) { return try_write_below(t, t.runtime); }},
  };
}

std::vector<Attempt> naming() {
  return {
      {"name.mkdir", [](const Targets& t) { return outcome_of(::mkdir(fresh(t).c_str(), 0700)); }},
      {"name.rmdir",
       [](const Targets& t) { return outcome_of(::rmdir((t.victims + "/empty").c_str())); }},
      {"name.symlink",
       [](const Targets& t) {
         return outcome_of(::symlink("/etc", (fresh(t) + ".symlink").c_str()));
       }},
      {"name.link",
       [](const Targets& t) {
         return outcome_of(::link(file(t).c_str(), (fresh(t) + ".link").c_str()));
       }},
      {"name.mknod-pipe",
       [](const Targets& t) {
         return outcome_of(::mknod((fresh(t) + ".pipe").c_str(), S_IFIFO | 0600, 0));
       }},
      {"name.mknod-device",
       [](const Targets& t) {
         return outcome_of(::mknod((fresh(t) + ".device").c_str(), S_IFCHR | 0600, makedev(1, 3)));
       }},
      {"name.bind", bind_socket},
      {"name.exchange", rename_exchange},
      {"name.rename",
       [](const Targets& t) {
         return outcome_of(
             ::rename((t.victims + "/directory/inside").c_str(), (fresh(t) + ".name").c_str()));
       }},
      {"name.unlink",
       [](const Targets& t) { return outcome_of(::unlink((t.victims + "/link").c_str())); }},
  };
}

std::vector<Attempt> describing() {
  return {
      {"inode.chmod", [](const Targets& t) { return outcome_of(::chmod(file(t).c_str(), 0644)); }},
      {"inode.chmod-set-user",
       [](const Targets& t) { return outcome_of(::chmod(file(t).c_str(), 04755)); }},
      {"inode.fchmod-set-user",
       [](const Targets& t) {
         return with_descriptor(t, [](int fd) { return ::fchmod(fd, 04755); });
       }},
      {"inode.chown",
       [](const Targets& t) {
         return outcome_of(::lchown(file(t).c_str(), ::geteuid(), ::getegid()));
       }},
      {"inode.fchown",
       [](const Targets& t) {
         return with_descriptor(t, [](int fd) { return ::fchown(fd, ::geteuid(), ::getegid()); });
       }},
      {"inode.utimes",
       [](const Targets& t) {
         return outcome_of(::utimensat(AT_FDCWD, file(t).c_str(), nullptr, 0));
       }},
      {"inode.futimes",
       [](const Targets& t) {
         return with_descriptor(t, [](int fd) { return ::futimens(fd, nullptr); });
       }},
      {"inode.setxattr",
       [](const Targets& t) {
         return outcome_of(::setxattr(file(t).c_str(), "user.new", "x", 1, 0));
       }},
      {"inode.fsetxattr",
       [](const Targets& t) {
         return with_descriptor(t, [](int fd) { return ::fsetxattr(fd, "user.other", "x", 1, 0); });
       }},
      {"inode.removexattr",
       [](const Targets& t) { return outcome_of(::removexattr(file(t).c_str(), "user.victim")); }},
      {"inode.flags", set_flags},
      {"inode.watch", watch},
      {"inode.fanotify",
       [](const Targets&) {
         const Fd fd(::fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY));
         return fd ? 0 : errno;
       }},
      {"inode.open-by-number", open_by_number},
  };
}

Outcome try_read(const std::string& path) {
  const Fd opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  char byte = 0;
  return opened ? outcome_of(::read(opened.get(), &byte, 1), {EAGAIN, EIO, EINVAL}) : errno;
}

/// Whether a directory shows anything.
Outcome try_list(const std::string& path) {
  DIR* const directory = ::opendir(path.c_str());
  if (directory == nullptr) return errno;
  Outcome outcome = kAbsent;
  while (const dirent* entry = ::readdir(directory)) {
    if (entry->d_name[0] != '.') outcome = 0;
  }
  ::closedir(directory);
  return outcome;
}

std::string of_parent(const Targets& t, const char* name) {
  return "/proc/" + std::to_string(t.parent) + "/" + name;
}

}  // namespace

std::vector<Attempt> file_attempts() {
  std::vector<Attempt> all = opening();
  for (const auto& group : {naming(), describing()})
    all.insert(all.end(), group.begin(), group.end());
  return all;
}

std::vector<Attempt> hidden_attempts() {
  return {
      {"hidden.list-proc", [](const Targets&) { return try_list("/proc"); }},
      {"hidden.list-run", [](const Targets&) { return try_list("/run"); }},
      {"hidden.list-sys", [](const Targets&) { return try_list("/sys"); }},
      {"hidden.list-dev", [](const Targets&) { return try_list("/dev"); }},
      {"hidden.list-runtime",
       [](const Targets& t) { return t.runtime.empty() ? kAbsent : try_list(t.runtime); }},
      {"hidden.own-environment", [](const Targets&) { return try_read("/proc/self/environ"); }},
      {"hidden.own-map", [](const Targets&) { return try_read("/proc/self/maps"); }},
      {"hidden.parent-environment",
       [](const Targets& t) { return try_read(of_parent(t, "environ")); }},
      {"hidden.parent-words", [](const Targets& t) { return try_read(of_parent(t, "cmdline")); }},
      {"hidden.parent-memory",
       [](const Targets& t) { return try_open(of_parent(t, "mem"), O_RDWR); }},
      {"hidden.parent-files", [](const Targets& t) { return try_list(of_parent(t, "fd")); }},
      {"hidden.kernel-settings",
       [](const Targets&) { return try_open("/proc/sys/kernel/core_pattern", O_WRONLY); }},
      {"hidden.sysrq", [](const Targets&) { return try_open("/proc/sysrq-trigger", O_WRONLY); }},
      {"hidden.cgroups",
       [](const Targets&) { return try_open("/sys/fs/cgroup/cgroup.procs", O_WRONLY); }},
      {"device.kvm", [](const Targets&) { return try_open("/dev/kvm", O_RDWR); }},
      {"device.mem", [](const Targets&) { return try_open("/dev/mem", O_RDWR); }},
      {"device.kmsg", [](const Targets&) { return try_open("/dev/kmsg", O_RDWR); }},
      {"device.tty", [](const Targets&) { return try_open("/dev/tty", O_RDWR); }},
      {"device.ptmx", [](const Targets&) { return try_open("/dev/ptmx", O_RDWR); }},
      {"device.fuse", [](const Targets&) { return try_open("/dev/fuse", O_RDWR); }},
      {"device.tun", [](const Targets&) { return try_open("/dev/net/tun", O_RDWR); }},
      {"device.loop", [](const Targets&) { return try_open("/dev/loop-control", O_RDWR); }},
      {"device.disk", [](const Targets&) { return try_open("/dev/vda", O_RDWR); }},
      {"device.userfaultfd", [](const Targets&) { return try_open("/dev/userfaultfd", O_RDWR); }},
  };
}

}  // namespace quiz::attack
