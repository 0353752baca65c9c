#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "attempt.h"
#include "base/fd.h"

namespace quiz::attack {

namespace {

using base::Fd;

/// In a child of its own, so that later attempts are made from where we were. Where no child is to
/// be had, here.
template <typename Call>
Outcome apart(Call call) {
  const auto child = static_cast<pid_t>(::syscall(SYS_fork));
  if (child < 0) return call();
  if (child == 0) ::_exit(call());
  int status = 0;
  ::waitpid(child, &status, __WALL);
  return WIFEXITED(status) ? WEXITSTATUS(status) : EACCES;
}

Outcome leave(int namespaces) {
  return apart([=] { return outcome_of(::unshare(namespaces)); });
}

Outcome clone_into(unsigned long flags) {
  const long child = ::syscall(SYS_clone, flags | SIGCHLD, 0L, 0L, 0L, 0L);
  if (child == 0) ::_exit(0);
  if (child > 0) ::waitpid(static_cast<pid_t>(child), nullptr, __WALL);
  return outcome_of(child);
}

Outcome clone3_into(std::uint64_t flags) {
  struct {
    std::uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
  } arguments = {};
  arguments.flags = flags;
  arguments.exit_signal = SIGCHLD;
  const long child = ::syscall(SYS_clone3, &arguments, sizeof arguments);
  if (child == 0) ::_exit(0);
  if (child > 0) ::waitpid(static_cast<pid_t>(child), nullptr, __WALL);
  return outcome_of(child);
}

Outcome enter_parents(const Targets& t) {
  const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, t.parent, 0)));
  if (!process) return errno;
  return apart([&] { return outcome_of(::setns(process.get(), CLONE_NEWUTS)); });
}

/// Over the victims' empty directory, and away again.
Outcome mount_there(const Targets& t, const char* type, unsigned long flags) {
  const std::string place = t.victims + "/empty";
  if (::mount(t.victims.c_str(), place.c_str(), type, flags, nullptr) != 0) return errno;
  ::umount2(place.c_str(), MNT_DETACH);
  return 0;
}

/// The view made writable, if there is one.
Outcome remount(const Targets& /*unused*/) {
  return outcome_of(::mount(nullptr, "/", nullptr, MS_REMOUNT | MS_BIND, nullptr), {EBUSY});
}

Outcome set_mount_attributes(const Targets& /*unused*/) {
  struct {
    std::uint64_t set, clear, propagation, user;
  } attributes = {};
  attributes.clear = MOUNT_ATTR_RDONLY;
  return outcome_of(::syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, &attributes, sizeof attributes));
}

/// Raises what is permitted, or would be.
Outcome raise_capabilities(const Targets& /*unused*/) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (::syscall(SYS_capget, &header, data) != 0) return errno;
  constexpr std::uint32_t kAdministrator = 1U << CAP_SYS_ADMIN;
  data[0].permitted |= kAdministrator;
  data[0].effective |= kAdministrator;
  return outcome_of(::syscall(SYS_capset, &header, data));
}

Outcome become(uid_t user) {
  return apart([=] { return outcome_of(::syscall(SYS_setresuid, user, user, user)); });
}

}  // namespace

std::vector<Attempt> privilege_attempts() {
  return {
      {"namespace.user", [](const Targets&) { return leave(CLONE_NEWUSER); }},
      {"namespace.user-and-mount",
       [](const Targets&) { return leave(CLONE_NEWUSER | CLONE_NEWNS); }},
      {"namespace.mount", [](const Targets&) { return leave(CLONE_NEWNS); }},
      {"namespace.net", [](const Targets&) { return leave(CLONE_NEWNET); }},
      {"namespace.pid", [](const Targets&) { return leave(CLONE_NEWPID); }},
      {"namespace.clone-user", [](const Targets&) { return clone_into(CLONE_NEWUSER); }},
      {"namespace.clone-mount", [](const Targets&) { return clone_into(CLONE_NEWNS); }},
      {"namespace.clone3-user", [](const Targets&) { return clone3_into(CLONE_NEWUSER); }},
      {"namespace.enter", enter_parents},
      {"mount.memory", [](const Targets& t) { return mount_there(t, "tmpfs", 0); }},
      {"mount.bind", [](const Targets& t) { return mount_there(t, nullptr, MS_BIND); }},
      {"mount.proc", [](const Targets& t) { return mount_there(t, "proc", 0); }},
      {"mount.writable", remount},
      {"mount.attributes", set_mount_attributes},
      {"mount.open-tree",
       [](const Targets&) {
         const Fd fd(static_cast<int>(::syscall(SYS_open_tree, AT_FDCWD, "/", 1)));
         return fd ? 0 : errno;
       }},
      {"mount.file-system",
       [](const Targets&) {
         const Fd fd(static_cast<int>(::syscall(SYS_fsopen, "tmpfs", 0)));
         return fd ? 0 : errno;
       }},
      {"mount.remove",
       [](const Targets&) {
         return outcome_of(::umount2("/proc", MNT_EXPIRE), {EAGAIN, EBUSY, EINVAL});
       }},
      {"mount.root",
       [](const Targets&) { return apart([] { return outcome_of(::chroot("/")); }); }},
      {"mount.pivot",
       [](const Targets& t) {
         return outcome_of(::syscall(SYS_pivot_root, t.victims.c_str(), t.victims.c_str()),
                           {EINVAL, EBUSY});
       }},
      {"identity.root", [](const Targets&) { return ::geteuid() == 0 ? kAbsent : become(0); }},
      {"identity.other", [](const Targets&) { return become(1); }},
      {"identity.groups",
       [](const Targets&) { return apart([] { return outcome_of(::setgroups(0, nullptr)); }); }},
      {"identity.capabilities", raise_capabilities},
      {"identity.dumpable", [](const Targets&) { return outcome_of(::prctl(PR_SET_DUMPABLE, 1)); }},
      {"identity.personality",
       [](const Targets&) {
         return apart([] { return outcome_of(::personality(READ_IMPLIES_EXEC)); });
       }},
  };
}

}  // namespace quiz::attack
