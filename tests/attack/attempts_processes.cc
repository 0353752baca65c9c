#include <fcntl.h>
#include <linux/kcmp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempt.h"
#include "base/fd.h"

namespace quiz::attack {

namespace {

using base::Fd;

/// A child that ends at once.
Outcome end_of(long child) {
  if (child == 0) ::_exit(0);
  if (child > 0) ::waitpid(static_cast<pid_t>(child), nullptr, __WALL);
  return outcome_of(child);
}

Outcome make_thread(const Targets& /*unused*/) {
  pthread_t thread = {};
  const int error =
      ::pthread_create(&thread, nullptr, [](void*) -> void* { return nullptr; }, nullptr);
  if (error == 0) ::pthread_join(thread, nullptr);
  return error;
}

Fd open_process(int process) { return Fd(static_cast<int>(::syscall(SYS_pidfd_open, process, 0))); }

Outcome signal_by_descriptor(const Targets& t) {
  const Fd process = open_process(t.parent);
  if (!process) return errno;
  return outcome_of(::syscall(SYS_pidfd_send_signal, process.get(), 0, nullptr, 0));
}

Outcome take_descriptor(const Targets& t) {
  const Fd process = open_process(t.parent);
  if (!process) return errno;
  const Fd taken(static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), STDERR_FILENO, 0)));
  return taken ? 0 : errno;
}

/// Nothing is mapped there: the answer that it is so comes after the permission.
constexpr std::uintptr_t kNowhere = 0x10;

Outcome read_memory(const Targets& t) {
  char byte = 0;
  const iovec own = {&byte, 1};
  const iovec theirs = {reinterpret_cast<void*>(kNowhere), 1};
  return outcome_of(::process_vm_readv(t.parent, &own, 1, &theirs, 1, 0), {EFAULT});
}

Outcome write_memory(const Targets& t) {
  char byte = 0;
  const iovec own = {&byte, 1};
  const iovec theirs = {reinterpret_cast<void*>(kNowhere), 1};
  return outcome_of(::process_vm_writev(t.parent, &own, 1, &theirs, 1, 0), {EFAULT});
}

/// Without stopping it.
Outcome trace(const Targets& t) {
  const long seized = ::ptrace(PTRACE_SEIZE, t.parent, nullptr, nullptr);
  if (seized < 0) return errno;
  ::ptrace(PTRACE_INTERRUPT, t.parent, nullptr, nullptr);
  ::waitpid(t.parent, nullptr, __WALL);
  ::ptrace(PTRACE_DETACH, t.parent, nullptr, nullptr);
  return 0;
}

Outcome set_priority(const Targets& t) {
  errno = 0;
  const int priority = ::getpriority(PRIO_PROCESS, static_cast<id_t>(t.parent));
  if (errno != 0) return errno;
  return outcome_of(::setpriority(PRIO_PROCESS, static_cast<id_t>(t.parent), priority));
}

Outcome set_affinity(const Targets& t) {
  cpu_set_t cpus;
  if (::sched_getaffinity(t.parent, sizeof cpus, &cpus) != 0) return errno;
  return outcome_of(::sched_setaffinity(t.parent, sizeof cpus, &cpus));
}

Outcome set_scheduler(const Targets& t) {
  const sched_param parameters = {};
  return outcome_of(::sched_setscheduler(t.parent, SCHED_OTHER, &parameters));
}

Outcome set_limit(const Targets& t) {
  rlimit limit = {};
  if (::prlimit(t.parent, RLIMIT_NOFILE, nullptr, &limit) != 0) return errno;
  return outcome_of(::prlimit(t.parent, RLIMIT_NOFILE, &limit, nullptr));
}

Outcome compare(const Targets& t) {
  return outcome_of(::syscall(SYS_kcmp, ::getpid(), t.parent, KCMP_FILES, 0, 0));
}

Outcome move_pages(const Targets& t) {
  void* page = reinterpret_cast<void*>(kNowhere);
  int where = 0;
  return outcome_of(::syscall(SYS_move_pages, t.parent, 1L, &page, nullptr, &where, 0));
}

Outcome advise(const Targets& t) {
  const Fd process = open_process(t.parent);
  if (!process) return errno;
  constexpr int kAdviceCold = 20;
  const iovec theirs = {reinterpret_cast<void*>(std::uintptr_t{0x1000}), 0x1000};
  return outcome_of(::syscall(SYS_process_madvise, process.get(), &theirs, 1L, kAdviceCold, 0),
                    {ENOMEM});
}

}  // namespace

std::vector<Attempt> process_attempts() {
  return {
      {"process.thread", make_thread},
      {"process.fork", [](const Targets&) { return end_of(::syscall(SYS_fork)); }},
      {"process.clone",
       [](const Targets&) { return end_of(::syscall(SYS_clone, SIGCHLD, 0L, 0L, 0L, 0L)); }},
      {"process.session", [](const Targets&) { return outcome_of(::setsid()); }},
      {"process.survive", [](const Targets&) { return outcome_of(::prctl(PR_SET_PDEATHSIG, 0)); }},
      {"signal.parent", [](const Targets& t) { return outcome_of(::kill(t.parent, 0)); }},
      {"signal.parent-of-ours",
       [](const Targets&) {
         const pid_t parent = ::getppid();
         return parent == 0 ? kAbsent : outcome_of(::kill(parent, 0));
       }},
      {"signal.parent-thread",
       [](const Targets& t) { return outcome_of(::syscall(SYS_tgkill, t.parent, t.parent, 0)); }},
      {"signal.parent-descriptor", signal_by_descriptor},
      {"signal.other", [](const Targets& t) { return outcome_of(::kill(t.other, 0)); }},
      {"signal.other-continue",
       [](const Targets& t) { return outcome_of(::kill(t.other, SIGCONT)); }},
      {"signal.all", [](const Targets&) { return outcome_of(::kill(-1, 0)); }},
      {"parent.descriptor", take_descriptor},
      {"parent.trace", trace},
      {"parent.read-memory", read_memory},
      {"parent.write-memory", write_memory},
      {"parent.advise", advise},
      {"parent.compare", compare},
      {"parent.move-pages", move_pages},
      {"parent.affinity", set_affinity},
      {"parent.priority", set_priority},
      {"parent.scheduler", set_scheduler},
      {"parent.limits", set_limit},
  };
}

}  // namespace quiz::attack
