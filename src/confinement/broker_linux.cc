#include <fcntl.h>
#include <linux/limits.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/below.h"
#include "base/files.h"
#include "confinement/broker.h"

namespace quiz::confinement {

namespace {

/// The kernel may know larger structures than our headers: it says how large.
struct Notification {
  seccomp_notif request;
  std::array<char, 256> room;
};
struct Response {
  seccomp_notif_resp answer;
  std::array<char, 256> room;
};

bool sizes_fit() {
  seccomp_notif_sizes sizes = {};
  return ::syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) == 0 &&
         sizes.seccomp_notif <= sizeof(Notification) &&
         sizes.seccomp_notif_resp <= sizeof(Response) && sizes.seccomp_data == sizeof(seccomp_data);
}

/// SECCOMP_IOCTL_NOTIF_ADDFD came with 5.9, and there is no asking for it without a child.
bool adds_descriptors() {
  utsname name = {};
  int major = 0;
  int minor = 0;
  return ::uname(&name) == 0 && std::sscanf(name.release, "%d.%d", &major, &minor) == 2 &&
         (major > 5 || (major == 5 && minor >= 9));
}

/// Yama may forbid all but root to look into processes, even one's own children.
bool may_look_into_children() {
  if (::geteuid() == 0) return true;
  const auto scope = base::read_file_if_exists("/proc/sys/kernel/yama/ptrace_scope");
  return !scope || scope->starts_with("0") || scope->starts_with("1");
}

/// What lies at an address of another process; false if not all of it can be read.
bool read_bytes(pid_t pid, std::uint64_t address, void* target, std::size_t size) {
  iovec local = {target, size};
  iovec remote = {reinterpret_cast<void*>(address), size};  // NOLINT(performance-no-int-to-ptr)
  return ::process_vm_readv(pid, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(size);
}

/// The string at an address of another process; nullopt if there is none.
std::optional<std::string> read_string(pid_t pid, std::uint64_t address) {
  std::array<char, PATH_MAX> buffer;
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    // Not beyond a page at once: the next one need not be there.
    const std::uint64_t at = address + filled;
    const std::size_t wanted = std::min<std::uint64_t>(page - at % page, buffer.size() - filled);
    if (!read_bytes(pid, at, buffer.data() + filled, wanted)) break;
    const void* const end = std::memchr(buffer.data() + filled, 0, wanted);
    if (end != nullptr) return std::string(buffer.data());
    filled += wanted;
  }
  return std::nullopt;
}

bool opens_by_name(int call) {
#ifdef SYS_open
  if (call == SYS_open) return true;
#endif
  return call == SYS_openat;
}

bool changes_attributes(int call) {
  switch (call) {
#ifdef SYS_chmod
    case SYS_chmod:
#endif
    case SYS_fchmod:
    case SYS_fchmodat:
    case SYS_utimensat:
    case SYS_setxattr:
    case SYS_lsetxattr:
    case SYS_fsetxattr:
    case SYS_removexattr:
    case SYS_lremovexattr:
    case SYS_fremovexattr:
      return true;
    default:
      return false;
  }
}

/// A descriptor of the child's, and a name in that directory (or none).
struct Place {
  int number = -1;
  std::string name;
};

/// "/proc/self/fd/N" and "/proc/self/fd/N/NAME": so QEMU names what has no call by descriptor.
std::optional<Place> read_place(const std::string& path) {
  constexpr std::string_view kPrefix = "/proc/self/fd/";
  if (!path.starts_with(kPrefix)) return std::nullopt;
  Place place;
  const char* const end = path.data() + path.size();
  const auto [rest, error] = std::from_chars(path.data() + kPrefix.size(), end, place.number);
  if (error != std::errc() || place.number < 0) return std::nullopt;
  if (rest == end) return place;
  if (*rest != '/') return std::nullopt;
  place.name.assign(rest + 1, end);
  return place;
}

/// By which name of ours an open file is changed itself, and not what it may lead to.
std::string own_name(const base::Fd& fd) { return "/proc/self/fd/" + std::to_string(fd.get()); }

}  // namespace

std::uint64_t mount_of(int fd) {
  struct statx status = {};
  constexpr unsigned kMountId = 0x1000;  // STATX_MNT_ID
  if (::statx(fd, "", AT_EMPTY_PATH, kMountId, &status) != 0 || (status.stx_mask & kMountId) == 0) {
    return 0;
  }
  return status.stx_mnt_id;
}

bool Broker::available() { return sizes_fit() && adds_descriptors() && may_look_into_children(); }

void Broker::listen(base::Fd listener, pid_t child) {
  listener_ = std::move(listener);
  child_.reset(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
}

const Grant* Broker::find(const std::filesystem::path& path) const {
  const auto found = std::find_if(grants_.begin(), grants_.end(),
                                  [&](const Grant& grant) { return grant.path == path; });
  return found == grants_.end() ? nullptr : &*found;
}

void Broker::handle() {
  // A child that asks without end shall not keep us from everything else.
  constexpr int kMost = 64;
  for (int i = 0; i < kMost && listener_; ++i) {
    pollfd polled = {listener_.get(), POLLIN, 0};
    if (::poll(&polled, 1, 0) <= 0) return;
    if ((polled.revents & POLLIN) != 0) {
      answer();
    } else {
      listener_.reset();  // nobody is left who could ask
    }
  }
}

void Broker::answer() {
  Notification notification = {};
  if (::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_RECV, &notification.request) != 0) return;
  const seccomp_notif& request = notification.request;
  Response response = {};
  response.answer.id = request.id;
  long long result = -EPERM;
  if (opens_by_name(request.data.nr)) {
    result = open(request);
  } else if (request.data.nr == SYS_connect) {
    result = connect(request);
  } else if (request.data.nr == SYS_sendto) {
    result = send(request);
  } else if (changes_attributes(request.data.nr)) {
    result = change(request);
  } else if (!may_start_ || may_start_()) {
    response.answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    result = 0;
  }
  if (result < 0) response.answer.error = static_cast<__s32>(result);
  if (result > 0) response.answer.val = result;
  // A child that was killed meanwhile is no error.
  ::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, &response.answer);
}

/// A duplicate of ours becomes the child's: `number` of its, or, if negative, a new one.
long long Broker::give(const seccomp_notif& request, int descriptor, int number) const {
  seccomp_notif_addfd add = {};
  add.id = request.id;
  add.srcfd = static_cast<__u32>(descriptor);
  add.newfd_flags = O_CLOEXEC;
  if (number >= 0) add.flags = SECCOMP_ADDFD_FLAG_SETFD;
  if (number >= 0) add.newfd = static_cast<__u32>(number);
  const int added = ::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_ADDFD, &add);
  return added < 0 ? -errno : added;
}

/// Of the child's descriptors one as ours.
base::Fd Broker::take(const seccomp_notif& request, int number) const {
  // What was read of its memory was read of it: it still waits, and its number is no other's.
  if (::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_ID_VALID, &request.id) != 0) return {};
  return base::Fd(static_cast<int>(::syscall(SYS_pidfd_getfd, child_.get(), number, 0)));
}

long long Broker::open(const seccomp_notif& request) {
  const std::size_t name = request.data.nr == SYS_openat ? 1 : 0;
  const auto path = read_string(static_cast<pid_t>(request.pid), request.data.args[name]);
  const Grant* const grant = path ? find(*path) : nullptr;
  return grant == nullptr ? -EACCES : give(request, grant->descriptor, -1);
}

bool Broker::read_destination(const seccomp_notif& request, std::size_t argument,
                              sockaddr_storage& address, socklen_t& size) const {
  size = static_cast<socklen_t>(
      std::min<std::uint64_t>(request.data.args[argument + 1], sizeof address));
  return read_bytes(static_cast<pid_t>(request.pid), request.data.args[argument], &address, size) &&
         may_reach(address, size, destinations_);
}

/// By a socket of our own that cannot block, which then takes the place of the child's: on one that
/// the child has, too, it could make us wait.
long long Broker::connect(const seccomp_notif& request) {
  sockaddr_storage address = {};
  socklen_t size = 0;
  if (!read_destination(request, 1, address, size)) return -ECONNREFUSED;
  const auto number = static_cast<int>(request.data.args[0]);
  const base::Fd theirs = take(request, number);
  const auto option = [&](int name) {
    int value = -1;
    socklen_t length = sizeof value;
    return ::getsockopt(theirs.get(), SOL_SOCKET, name, &value, &length) == 0 ? value : -1;
  };
  const int type = option(SO_TYPE);
  if (!theirs || (type != SOCK_STREAM && type != SOCK_DGRAM)) return -ENOTSOCK;
  const base::Fd ours(
      ::socket(option(SO_DOMAIN), type | SOCK_NONBLOCK | SOCK_CLOEXEC, option(SO_PROTOCOL)));
  if (!ours) return -errno;
  const int urgent = option(SO_OOBINLINE);
  ::setsockopt(ours.get(), SOL_SOCKET, SO_OOBINLINE, &urgent, sizeof urgent);
  const int connected =
      ::connect(ours.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0 ? 0 : -errno;
  if (connected != 0 && connected != -EINPROGRESS) return connected;
  const long long given = give(request, ours.get(), number);
  return given < 0 ? given : connected;
}

long long Broker::send(const seccomp_notif& request) {
  sockaddr_storage address = {};
  socklen_t size = 0;
  if (!read_destination(request, 4, address, size)) return -ECONNREFUSED;
  constexpr std::uint64_t kLargest = 65536;
  std::string bytes(std::min<std::uint64_t>(request.data.args[2], kLargest), '\0');
  if (!read_bytes(static_cast<pid_t>(request.pid), request.data.args[1], bytes.data(),
                  bytes.size())) {
    return -EFAULT;
  }
  const base::Fd theirs = take(request, static_cast<int>(request.data.args[0]));
  const ssize_t sent =
      ::sendto(theirs.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&address), size);
  return sent < 0 ? -errno : sent;
}

bool Broker::may_change(const base::Fd& target) const {
  const auto& mounts = changeable_.mounts;
  const std::uint64_t mount = mount_of(target.get());
  if (mount != 0 && std::find(mounts.begin(), mounts.end(), mount) != mounts.end()) return true;
  std::error_code error;
  const auto path = std::filesystem::read_symlink(own_name(target), error);
  const auto& directories = changeable_.directories;
  return !error && std::any_of(directories.begin(), directories.end(), [&](const auto& directory) {
    return base::is_below(path, directory);
  });
}

/// Of a directory of the child's what has that name, or the open file itself; only where that may
/// be changed.
base::Fd Broker::take_below(const seccomp_notif& request, int number,
                            const std::string& name) const {
  base::Fd target = take(request, number);
  if (!name.empty()) {
    if (name.find('/') != std::string::npos || name == "." || name == "..") return {};
    target.reset(::openat(target.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  }
  return target && may_change(target) ? std::move(target) : base::Fd();
}

base::Fd Broker::take_target(const seccomp_notif& request) const {
  const auto text = [&](std::size_t argument) {
    return read_string(static_cast<pid_t>(request.pid), request.data.args[argument]);
  };
  const auto number = static_cast<int>(request.data.args[0]);
  switch (request.data.nr) {
    case SYS_fchmod:
    case SYS_fsetxattr:
    case SYS_fremovexattr:
      return take_below(request, number, {});
    case SYS_fchmodat:
    case SYS_utimensat: {
      if (request.data.args[1] == 0) return take_below(request, number, {});
      const auto name = text(1);
      return name && !name->empty() ? take_below(request, number, *name) : base::Fd();
    }
    default: {
      const auto path = text(0);
      const auto place = path ? read_place(*path) : std::nullopt;
      return place ? take_below(request, place->number, place->name) : base::Fd();
    }
  }
}

long long Broker::change(const seccomp_notif& request) {
  const auto pid = static_cast<pid_t>(request.pid);
  const auto& arguments = request.data.args;
  const base::Fd target = take_target(request);
  if (!target) return -EROFS;
  const std::string name = own_name(target);
  const auto answer = [](int result) -> long long { return result == 0 ? 0 : -errno; };
  const auto mode = [&](std::size_t argument) {
    return answer(::chmod(name.c_str(), static_cast<mode_t>(arguments[argument] & 01777)));
  };
  switch (request.data.nr) {
    case SYS_fchmodat:
      return mode(2);
    case SYS_utimensat: {
      std::array<timespec, 2> times = {};
      const bool given = arguments[2] != 0;
      if (given && !read_bytes(pid, arguments[2], times.data(), sizeof times)) return -EFAULT;
      return answer(::utimensat(AT_FDCWD, name.c_str(), given ? times.data() : nullptr, 0));
    }
    case SYS_setxattr:
    case SYS_lsetxattr:
    case SYS_fsetxattr: {
      const auto attribute = read_string(pid, arguments[1]);
      if (!attribute || arguments[3] > XATTR_SIZE_MAX) return -ERANGE;
      // Not who else may read and write there (system.posix_acl_…).
      if (!attribute->starts_with("user.")) return -EOPNOTSUPP;
      std::string value(arguments[3], '\0');
      if (!read_bytes(pid, arguments[2], value.data(), value.size())) return -EFAULT;
      return answer(::setxattr(name.c_str(), attribute->c_str(), value.data(), value.size(),
                               static_cast<int>(arguments[4])));
    }
    case SYS_removexattr:
    case SYS_lremovexattr:
    case SYS_fremovexattr: {
      const auto attribute = read_string(pid, arguments[1]);
      return attribute ? answer(::removexattr(name.c_str(), attribute->c_str())) : -EFAULT;
    }
    default:
      return mode(1);
  }
}

}  // namespace quiz::confinement
