#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <optional>

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
         sizes.seccomp_notif_resp <= sizeof(Response) &&
         sizes.seccomp_data == sizeof(seccomp_data);
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

/// The string at an address of another process; nullopt if there is none.
std::optional<std::string> read_string(pid_t pid, std::uint64_t address) {
  std::array<char, PATH_MAX> buffer;
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    // Not beyond a page at once: the next one need not be there.
    const std::uint64_t at = address + filled;
    const std::size_t wanted =
        std::min<std::uint64_t>(page - at % page, buffer.size() - filled);
    iovec local = {buffer.data() + filled, wanted};
    iovec remote = {reinterpret_cast<void*>(at), wanted};  // NOLINT(performance-no-int-to-ptr)
    if (::process_vm_readv(pid, &local, 1, &remote, 1, 0) != static_cast<ssize_t>(wanted)) break;
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

}  // namespace

bool Broker::available() { return sizes_fit() && adds_descriptors() && may_look_into_children(); }

const Grant* Broker::find(const std::filesystem::path& path) const {
  const auto found = std::find_if(grants_.begin(), grants_.end(), [&](const Grant& grant) {
    return grant.path == path;
  });
  return found == grants_.end() ? nullptr : &*found;
}

void Broker::handle() {
  while (listener_) {
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
  if (opens_by_name(request.data.nr)) {
    const std::size_t name = request.data.nr == SYS_openat ? 1 : 0;
    const auto path = read_string(static_cast<pid_t>(request.pid), request.data.args[name]);
    const Grant* const grant = path ? find(*path) : nullptr;
    response.answer.error = -EACCES;
    if (grant != nullptr) {
      seccomp_notif_addfd add = {};
      add.id = request.id;
      add.srcfd = static_cast<__u32>(grant->descriptor);
      add.newfd_flags = O_CLOEXEC;
      // A child that was killed meanwhile is no error.
      const int added = ::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_ADDFD, &add);
      if (added < 0) response.answer.error = -errno;
      if (added >= 0) response.answer.error = 0;
      if (added >= 0) response.answer.val = added;
    }
  } else if (doors_open_) {
    response.answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  } else {
    response.answer.error = -EPERM;
  }
  ::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, &response.answer);
}

}  // namespace quiz::confinement
