#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <mqueue.h>
#include <sys/io.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/quota.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "attempt.h"
#include "base/fd.h"

namespace quiz::attack {

namespace {

using base::Fd;

/// Of a call that makes a descriptor.
Outcome descriptor_of(long result) {
  const Fd made(static_cast<int>(result));
  return made ? 0 : errno;
}

Outcome make_ring(const Targets& /*unused*/) {
  io_uring_params parameters = {};
  return descriptor_of(::syscall(SYS_io_uring_setup, 2, &parameters));
}

Outcome make_bpf_map(const Targets& /*unused*/) {
  bpf_attr attributes = {};
  attributes.map_type = BPF_MAP_TYPE_ARRAY;
  attributes.key_size = 4;
  attributes.value_size = 4;
  attributes.max_entries = 1;
  return descriptor_of(::syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes));
}

Outcome count_events(int process) {
  perf_event_attr attributes = {};
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.config = PERF_COUNT_SW_TASK_CLOCK;
  attributes.size = sizeof attributes;
  attributes.exclude_kernel = 1;
  attributes.disabled = 1;
  return descriptor_of(::syscall(SYS_perf_event_open, &attributes, process, -1, -1, 0));
}

Outcome set_host_name(const Targets& /*unused*/) {
  utsname name = {};
  ::uname(&name);
  return outcome_of(::sethostname(name.nodename, std::strlen(name.nodename)));
}

Outcome attach_memory(const Targets& t) {
  if (t.memory_key == 0) return kAbsent;
  const int memory = ::shmget(t.memory_key, 0, 0);
  if (memory < 0) return errno;
  void* const place = ::shmat(memory, nullptr, 0);
  if (place == reinterpret_cast<void*>(-1)) return errno;
  ::shmdt(place);
  return 0;
}

Outcome make_memory(const Targets& /*unused*/) {
  const int memory = ::shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
  if (memory < 0) return errno;
  ::shmctl(memory, IPC_RMID, nullptr);
  return 0;
}

Outcome open_message_queue(const Targets& t) {
  if (t.queue.empty()) return kAbsent;
  const mqd_t queue = ::mq_open(t.queue.c_str(), O_RDWR);
  if (queue < 0) return errno;
  ::mq_close(queue);
  return 0;
}

Outcome make_message_queue(const Targets& /*unused*/) {
  const mqd_t queue = ::mq_open("/quiz-attack", O_RDWR | O_CREAT, 0600, nullptr);
  if (queue < 0) return errno;
  ::mq_close(queue);
  ::mq_unlink("/quiz-attack");
  return 0;
}

/// Address space only; nothing is touched.
Outcome take_memory(const Targets& /*unused*/) {
  constexpr std::size_t kTerabyte = std::size_t{1} << 40;
  void* const memory = ::mmap(nullptr, kTerabyte, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return errno;
  ::munmap(memory, kTerabyte);
  return 0;
}

Outcome raise_limit(int resource) {
  rlimit limit = {};
  if (::getrlimit(static_cast<__rlimit_resource_t>(resource), &limit) != 0) return errno;
  if (limit.rlim_max == RLIM_INFINITY) return 0;
  ++limit.rlim_max;
  return outcome_of(::setrlimit(static_cast<__rlimit_resource_t>(resource), &limit));
}

Outcome dump_core(const Targets& /*unused*/) {
  rlimit limit = {};
  ::getrlimit(RLIMIT_CORE, &limit);
  return limit.rlim_max == 0 ? EPERM : 0;
}

/// Types into the terminal that we might have inherited: nothing but a zero byte.
Outcome type_into_terminal(const Targets& /*unused*/) {
  constexpr unsigned long kSimulateInput = 0x5412;  // TIOCSTI
  int error = ENOTTY;
  for (int fd = 0; fd < 64; ++fd) {
    if (::isatty(fd) == 0) continue;
    char byte = 0;
    if (::syscall(SYS_ioctl, fd, kSimulateInput, &byte) == 0) return 0;
    error = errno;
  }
  return error == ENOTTY ? kAbsent : error;
}

std::vector<Attempt> kernel_attempts() {
  constexpr int kSizeOfLog = 10;
  constexpr int kNoSuchCommand = 0x1234;
  return {
      {"kernel.io-uring", make_ring},
      {"kernel.bpf", make_bpf_map},
      {"kernel.perf", [](const Targets&) { return count_events(0); }},
      {"kernel.perf-parent", [](const Targets& t) { return count_events(t.parent); }},
      {"kernel.userfaultfd",
       [](const Targets&) { return descriptor_of(::syscall(SYS_userfaultfd, O_CLOEXEC | 1)); }},
      {"kernel.memory-file",
       [](const Targets&) { return descriptor_of(::memfd_create("attack", MFD_CLOEXEC)); }},
      {"kernel.key-add",
       [](const Targets&) {
         return outcome_of(
             ::syscall(SYS_add_key, "user", "quiz-attack", "x", 1L, KEY_SPEC_PROCESS_KEYRING));
       }},
      {"kernel.key-request",
       [](const Targets&) {
         return outcome_of(::syscall(SYS_request_key, "user", "quiz-attack-none", nullptr, 0),
                           {ENOKEY});
       }},
      {"kernel.keyring",
       [](const Targets&) {
         return outcome_of(::syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 0));
       }},
      {"kernel.log", [](const Targets&) { return outcome_of(::klogctl(kSizeOfLog, nullptr, 0)); }},
      {"kernel.reboot",
       [](const Targets&) {
         return outcome_of(::syscall(SYS_reboot, 0xfee1dead, 672274793, kNoSuchCommand, nullptr),
                           {EINVAL});
       }},
      {"kernel.kexec",
       [](const Targets&) {
         return outcome_of(::syscall(SYS_kexec_load, 0L, 0L, nullptr, ~0UL), {EINVAL});
       }},
      {"kernel.swap",
       [](const Targets&) { return outcome_of(::swapon("/nonexistent", 0), {ENOENT}); }},
      {"kernel.module",
       [](const Targets&) {
         return outcome_of(::syscall(SYS_init_module, nullptr, 0L, ""), {EFAULT, ENOEXEC});
       }},
      {"kernel.accounting",
       [](const Targets&) { return outcome_of(::acct("/nonexistent"), {ENOENT}); }},
      {"kernel.quota",
       [](const Targets&) {
         return outcome_of(::quotactl(QCMD(Q_GETFMT, USRQUOTA), "/nonexistent", 0, nullptr),
                           {ENOENT, ENODEV, ESRCH});
       }},
      {"kernel.host-name", set_host_name},
      {"kernel.ports", [](const Targets&) { return outcome_of(::ioperm(0x80, 1, 1)); }},
      {"kernel.descriptor-table",
       [](const Targets&) {
         char entry[16];
         return outcome_of(::syscall(SYS_modify_ldt, 0, entry, sizeof entry));
       }},
  };
}

std::vector<Attempt> exchange_attempts() {
  return {
      {"ipc.memory", attach_memory},
      {"ipc.new-memory", make_memory},
      {"ipc.queue",
       [](const Targets& t) {
         return t.memory_key == 0 ? kAbsent : outcome_of(::msgget(t.memory_key, 0));
       }},
      {"ipc.semaphore",
       [](const Targets& t) {
         return t.memory_key == 0 ? kAbsent : outcome_of(::semget(t.memory_key, 0, 0));
       }},
      {"ipc.posix-queue", open_message_queue},
      {"ipc.new-posix-queue", make_message_queue},
      {"ipc.terminal", type_into_terminal},
  };
}

std::vector<Attempt> limit_attempts() {
  return {
      {"limit.terabyte", take_memory},
      {"limit.raise-memory", [](const Targets&) { return raise_limit(RLIMIT_DATA); }},
      {"limit.raise-descriptors", [](const Targets&) { return raise_limit(RLIMIT_NOFILE); }},
      {"limit.core", dump_core},
  };
}

/// What another program says if it comes to that; see escape.cc.
std::string say_option(const Targets& t) { return std::to_string(t.console); }

Outcome run_shell(const Targets& t) {
  const std::string words = "echo exec.shell allowed >&" + say_option(t);
  const char* const arguments[] = {"sh", "-c", words.c_str(), nullptr};
  ::execve("/bin/sh", const_cast<char* const*>(arguments), environ);
  return errno;
}

Outcome run_ourselves(const Targets& t) {
  const std::string console = say_option(t);
  const char* const arguments[] = {"escape", "--say", console.c_str(), "exec.self", nullptr};
  ::execve(t.program.c_str(), const_cast<char* const*>(arguments), environ);
  return errno;
}

/// A copy that has no name, as code that came from the guest would be.
Outcome run_memory(const Targets& t) {
  const Fd source(::open(t.program.c_str(), O_RDONLY | O_CLOEXEC));
  const Fd copy(static_cast<int>(::memfd_create("attack", 0)));
  if (!source || !copy) return errno;
  char chunk[65536];
  ssize_t count = 0;
  while ((count = ::read(source.get(), chunk, sizeof chunk)) > 0) {
    if (::write(copy.get(), chunk, static_cast<std::size_t>(count)) != count) return errno;
  }
  const std::string console = say_option(t);
  const char* const arguments[] = {"escape", "--say", console.c_str(), "exec.memory", nullptr};
  ::syscall(SYS_execveat, copy.get(), "", arguments, environ, AT_EMPTY_PATH);
  return errno;
}

}  // namespace

std::vector<Attempt> system_attempts() {
  std::vector<Attempt> all = kernel_attempts();
  for (const auto& group : {exchange_attempts(), limit_attempts()}) {
    all.insert(all.end(), group.begin(), group.end());
  }
  return all;
}

std::vector<Attempt> exec_attempts() {
  return {{"exec.shell", run_shell}, {"exec.self", run_ourselves}, {"exec.memory", run_memory}};
}

}  // namespace quiz::attack
