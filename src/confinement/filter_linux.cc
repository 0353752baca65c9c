#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <initializer_list>

#include "confinement/filter.h"

namespace quiz::confinement {

namespace {

static_assert(sizeof(Instruction) == sizeof(sock_filter));
static_assert(offsetof(Instruction, if_true) == offsetof(sock_filter, jt));
static_assert(offsetof(Instruction, operand) == offsetof(sock_filter, k));

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t kArchitecture = 0;
#endif

constexpr std::uint32_t kAllow = SECCOMP_RET_ALLOW;
constexpr std::uint32_t kAsk = SECCOMP_RET_USER_NOTIF;
/// As if it had been done: a chown below a writable directory, as far as QEMU need know.
constexpr std::uint32_t kPretend = SECCOMP_RET_ERRNO;
constexpr std::uint32_t refuse(int error) {
  return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error);
}

constexpr std::uint32_t kWriting = O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);
constexpr std::uint32_t kSetId = S_ISUID | S_ISGID;

/// A list of cases, tried in their order; the first that fits decides.
class Writer {
 public:
  Writer() {
    load(offsetof(seccomp_data, arch));
    add(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0);
    decide(SECCOMP_RET_KILL_PROCESS);
    load(offsetof(seccomp_data, nr));
    // The calls of x32, which bypass whoever looks for numbers.
    constexpr std::uint32_t kX32 = 0x40000000;
    add(BPF_JMP | BPF_JSET | BPF_K, kX32, 0, 1);
    decide(refuse(ENOSYS));
  }

  void allow(std::initializer_list<long> calls) {
    for (const long call : calls) always(call, kAllow);
  }
  void always(long call, std::uint32_t decision) {
    add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 1);
    decide(decision);
  }

  /// What follows, until end(), is about this call; the last thing must be decide().
  Writer& begin(long call) {
    begun_ = filter_.program.size();
    add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 0);
    return *this;
  }
  Writer& if_none_of(unsigned argument, std::uint32_t bits, std::uint32_t decision) {
    load_argument(argument);
    add(BPF_JMP | BPF_JSET | BPF_K, bits, 1, 0);
    return decide(decision);
  }
  Writer& if_any_of(unsigned argument, std::uint32_t bits, std::uint32_t decision) {
    load_argument(argument);
    add(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
    return decide(decision);
  }
  /// Where an address need not be.
  Writer& if_null(unsigned argument, std::uint32_t decision) {
    load_argument(argument);
    add(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3);
    load(offsetof(seccomp_data, args) + argument * sizeof(std::uint64_t) + sizeof(std::uint32_t));
    add(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1);
    return decide(decision);
  }
  Writer& if_equal(unsigned argument, std::uint32_t value, std::uint32_t decision,
                   std::uint32_t mask = ~0U) {
    load_argument(argument);
    if (mask != ~0U) add(BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
    add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
    return decide(decision);
  }
  Writer& if_oneself(unsigned argument, std::uint32_t decision) {
    load_argument(argument);
    filter_.process_numbers.push_back(filter_.program.size());
    add(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1);
    return decide(decision);
  }
  Writer& decide(std::uint32_t decision) {
    add(BPF_RET | BPF_K, decision, 0, 0);
    return *this;
  }
  void end() {
    filter_.program[begun_].if_false =
        static_cast<std::uint8_t>(filter_.program.size() - begun_ - 1);
    load(offsetof(seccomp_data, nr));
  }

  Filter take() { return std::move(filter_); }

 private:
  void add(unsigned code, std::uint32_t operand, unsigned if_true, unsigned if_false) {
    filter_.program.push_back({static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(if_true),
                               static_cast<std::uint8_t>(if_false), operand});
  }
  void load(std::size_t offset) {
    add(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset), 0, 0);
  }
  /// Its lower half: all that is looked at is an int.
  static_assert(kArchitecture == 0 || __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
  void load_argument(unsigned argument) {
    load(offsetof(seccomp_data, args) + argument * sizeof(std::uint64_t));
  }

  Filter filter_;
  std::size_t begun_ = 0;
};

/// What touches nothing but the process itself and what it has open.
void add_harmless(Writer& writer) {
  writer.allow({SYS_futex, SYS_ppoll, SYS_read, SYS_write, SYS_recvmsg});
#ifdef SYS_open  // and the others of its time, which newer architectures never had
  writer.allow({SYS_poll, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_getdents, SYS_pipe,
                SYS_dup2, SYS_epoll_create, SYS_epoll_wait, SYS_eventfd, SYS_signalfd, SYS_select,
                SYS_getpgrp, SYS_alarm, SYS_pause});
#endif
#if defined(__x86_64__)
  writer.allow({SYS_time, SYS_arch_prctl});
#endif
  writer.allow({SYS_close,
                SYS_newfstatat,
                SYS_fstat,
                SYS_mprotect,
                SYS_madvise,
                SYS_munmap,
                SYS_mremap,
                SYS_brk,
                SYS_msync,
                SYS_mlock,
                SYS_mlock2,
                SYS_munlock,
                SYS_mlockall,
                SYS_munlockall,
                SYS_mincore,
                SYS_membarrier,
                SYS_rseq,
                SYS_rt_sigprocmask,
                SYS_rt_sigaction,
                SYS_rt_sigreturn,
                SYS_rt_sigpending,
                SYS_rt_sigtimedwait,
                SYS_rt_sigsuspend,
                SYS_sigaltstack,
                SYS_restart_syscall,
                SYS_clock_nanosleep,
                SYS_nanosleep,
                SYS_clock_gettime,
                SYS_clock_getres,
                SYS_gettimeofday,
                SYS_lseek,
                SYS_readv,
                SYS_writev,
                SYS_pread64,
                SYS_pwrite64,
                SYS_preadv,
                SYS_pwritev,
                SYS_preadv2,
                SYS_pwritev2,
                SYS_fsync,
                SYS_fdatasync,
                SYS_sync_file_range,
                SYS_fadvise64,
                SYS_fallocate,
                SYS_ftruncate,
                SYS_copy_file_range,
                SYS_sendfile,
                SYS_splice,
                SYS_tee,
                SYS_readahead});
  writer.allow({SYS_dup,          SYS_dup3,           SYS_pipe2,           SYS_eventfd2,
                SYS_signalfd4,    SYS_timerfd_create, SYS_timerfd_settime, SYS_timerfd_gettime,
                SYS_timer_create, SYS_timer_settime,  SYS_timer_gettime,   SYS_timer_getoverrun,
                SYS_timer_delete, SYS_setitimer,      SYS_getitimer,       SYS_epoll_create1,
                SYS_epoll_ctl,    SYS_epoll_pwait,    SYS_epoll_pwait2,    SYS_pselect6,
                SYS_getrandom,    SYS_getdents64,     SYS_readlinkat,      SYS_faccessat,
                SYS_faccessat2,   SYS_statx,          SYS_statfs,          SYS_fstatfs,
                SYS_getcwd,       SYS_chdir,          SYS_fchdir,          SYS_close_range,
                SYS_umask,        SYS_getxattr,       SYS_lgetxattr,       SYS_fgetxattr,
                SYS_listxattr,    SYS_llistxattr,     SYS_flistxattr});
  writer.allow({SYS_gettid,
                SYS_getpid,
                SYS_getppid,
                SYS_getuid,
                SYS_geteuid,
                SYS_getgid,
                SYS_getegid,
                SYS_getresuid,
                SYS_getresgid,
                SYS_getgroups,
                SYS_getpgid,
                SYS_getsid,
                SYS_uname,
                SYS_sysinfo,
                SYS_times,
                SYS_getrusage,
                SYS_getcpu,
                SYS_sched_yield,
                SYS_sched_getaffinity,
                SYS_sched_getparam,
                SYS_sched_getscheduler,
                SYS_sched_get_priority_max,
                SYS_sched_get_priority_min,
                SYS_getpriority,
                SYS_capget,
                SYS_set_tid_address,
                SYS_set_robust_list,
                SYS_get_robust_list,
                SYS_exit,
                SYS_exit_group,
                SYS_wait4,
                SYS_waitid,
                SYS_get_mempolicy,
                SYS_set_mempolicy,
                SYS_mbind,
                SYS_seccomp});
  // Of sockets only those that it was given, or that belong to nobody else.
  writer.allow({SYS_getsockname, SYS_getpeername, SYS_getsockopt, SYS_shutdown, SYS_recvfrom,
                SYS_recvmmsg, SYS_accept4});
#ifdef SYS_accept
  writer.allow({SYS_accept});
#endif
}

/// What touches the process itself, if it is not told to touch others.
void add_own(Writer& writer) {
  writer.begin(SYS_tgkill).if_oneself(0, kAllow).decide(refuse(EPERM)).end();
  writer.begin(SYS_kill).if_oneself(0, kAllow).decide(refuse(EPERM)).end();
  writer.begin(SYS_rt_tgsigqueueinfo).if_oneself(0, kAllow).decide(refuse(EPERM)).end();
  writer.begin(SYS_prlimit64).if_equal(0, 0, kAllow).decide(refuse(EPERM)).end();
  writer.allow({SYS_getrlimit});
  writer.begin(SYS_sched_setaffinity).if_equal(0, 0, kAllow).decide(refuse(EPERM)).end();
  Writer& names = writer.begin(SYS_prctl);
  for (const int operation :
       {PR_SET_NAME, PR_GET_NAME, PR_SET_TIMERSLACK, PR_MCE_KILL, PR_SET_NO_NEW_PRIVS,
        PR_GET_NO_NEW_PRIVS, PR_SET_SECCOMP, PR_GET_DUMPABLE, PR_GET_SECCOMP, PR_CAPBSET_READ}) {
    names.if_equal(0, static_cast<std::uint32_t>(operation), kAllow);
  }
  names.decide(refuse(EINVAL)).end();
  // Not those by which signals are sent to others (F_SETOWN, F_SETSIG, F_NOTIFY), and no locks,
  // which others would wait for.
  Writer& descriptors = writer.begin(SYS_fcntl);
  for (const int command : {F_GETFL, F_SETFL, F_GETFD, F_SETFD, F_DUPFD, F_DUPFD_CLOEXEC, F_GETLK,
                            F_OFD_GETLK, F_GET_SEALS, F_GETPIPE_SZ}) {
    descriptors.if_equal(1, static_cast<std::uint32_t>(command), kAllow);
  }
  descriptors.decide(refuse(EINVAL)).end();
}

/// Memory that its limit (of what it can write to by itself, RLIMIT_DATA) does not count is none:
/// shared without a file, and stacks that grow.
void add_memory(Writer& writer) {
  constexpr std::uint32_t kShared = MAP_SHARED & ~MAP_PRIVATE;
  static_assert(kShared == 1 && (MAP_SHARED_VALIDATE & kShared) == 1);
  writer.begin(SYS_mmap)
      .if_any_of(3, MAP_GROWSDOWN, refuse(ENOMEM))
      .if_equal(3, MAP_ANONYMOUS | kShared, refuse(ENOMEM), MAP_ANONYMOUS | kShared)
      .decide(kAllow)
      .end();
}

/// Of devices those of KVM, which are the most frequent call of all.
void add_controls(Writer& writer) {
  Writer& controls = writer.begin(SYS_ioctl);
  constexpr std::uint32_t kKvmType = 0xae00;
  constexpr std::uint32_t kTypeMask = 0xff00;
  controls.if_equal(1, kKvmType, kAllow, kTypeMask);
  for (const unsigned long request :
       {static_cast<unsigned long>(FIONBIO), static_cast<unsigned long>(FIONREAD),
        static_cast<unsigned long>(FIOCLEX), static_cast<unsigned long>(TCGETS),
        static_cast<unsigned long>(FS_IOC_GETVERSION), static_cast<unsigned long>(FS_IOC_GETFLAGS),
        static_cast<unsigned long>(BLKGETSIZE64), static_cast<unsigned long>(BLKSSZGET),
        static_cast<unsigned long>(BLKPBSZGET)}) {
    controls.if_equal(1, static_cast<std::uint32_t>(request), kAllow);
  }
  controls.decide(refuse(ENOTTY)).end();
}

/// Threads; and before the broker closes its doors, programs and processes.
void add_programs(Writer& writer, const FilterRequest& request) {
  const std::uint32_t decision = request.broker ? kAsk : kAllow;
  writer.begin(SYS_clone).if_any_of(0, CLONE_THREAD, kAllow).decide(decision).end();
  writer.always(SYS_execve, decision);
  writer.always(SYS_execveat, decision);
#ifdef SYS_fork
  writer.always(SYS_fork, decision);
  writer.always(SYS_vfork, decision);
#endif
  // Its flags are out of a filter's sight: the C library then takes clone.
  writer.always(SYS_clone3, refuse(ENOSYS));
  // It is killed by its group's number, which it must not leave.
  writer.always(SYS_setpgid, refuse(EPERM));
  writer.always(SYS_setsid, refuse(EPERM));
}

/// Opening: for reading freely (what there is to read the other layers say), for writing by the
/// broker, and below a directory that it has open only where something may be written at all.
void add_open(Writer& writer, const FilterRequest& request) {
  const std::uint32_t by_name = request.broker ? kAsk : kAllow;
  const std::uint32_t below = request.writable ? kAllow : refuse(EROFS);
  // Nothing that asks only to read empties a file: Landlock before version 3 lets it.
  constexpr std::uint32_t kEmptying = O_ACCMODE | O_TRUNC;
  constexpr auto kHere = static_cast<std::uint32_t>(AT_FDCWD);
#ifdef SYS_open
  writer.begin(SYS_open)
      .if_none_of(1, kWriting, kAllow)
      .if_equal(1, O_TRUNC, refuse(EACCES), kEmptying)
      .decide(by_name)
      .end();
#endif
  writer.begin(SYS_openat)
      .if_none_of(2, kWriting, kAllow)
      .if_equal(2, O_TRUNC, refuse(EACCES), kEmptying)
      .if_equal(0, kHere, by_name)
      .if_any_of(3, kSetId, refuse(EPERM))
      .decide(below)
      .end();
}

/// What changes the file system, always below a directory that it has open.
void add_changes(Writer& writer, const FilterRequest& request) {
  const std::uint32_t decision = request.writable ? kAllow : refuse(EROFS);
  const std::uint32_t attributes = request.writable && request.attributes ? kAsk : decision;
  for (const long call : {SYS_linkat, SYS_symlinkat, SYS_unlinkat, SYS_renameat, SYS_renameat2}) {
    writer.always(call, decision);
  }
  for (const long call : {SYS_utimensat, SYS_setxattr, SYS_lsetxattr, SYS_fsetxattr,
                          SYS_removexattr, SYS_lremovexattr, SYS_fremovexattr}) {
    writer.always(call, attributes);
  }
  writer.begin(SYS_mkdirat).if_any_of(2, kSetId, refuse(EPERM)).decide(decision).end();
  writer.begin(SYS_mknodat)
      .if_any_of(2, kSetId, refuse(EPERM))
      .if_equal(2, S_IFREG, decision, S_IFMT)
      .if_equal(2, 0, decision, S_IFMT)
      .if_equal(2, S_IFIFO, decision, S_IFMT)
      .decide(refuse(EPERM))
      .end();
  writer.begin(SYS_fchmodat).if_any_of(2, kSetId, refuse(EPERM)).decide(attributes).end();
  writer.begin(SYS_fchmod).if_any_of(1, kSetId, refuse(EPERM)).decide(attributes).end();
#ifdef SYS_chmod
  writer.begin(SYS_chmod).if_any_of(1, kSetId, refuse(EPERM)).decide(attributes).end();
  writer.always(SYS_chown, request.writable ? kPretend : refuse(EROFS));
  writer.always(SYS_lchown, request.writable ? kPretend : refuse(EROFS));
#endif
  for (const long call : {SYS_fchownat, SYS_fchown}) {
    writer.always(call, request.writable ? kPretend : refuse(EROFS));
  }
}

void add_network(Writer& writer, const FilterRequest& request) {
  Writer& socket = writer.begin(SYS_socket);
  if (request.network) socket.if_equal(0, AF_INET, kAllow).if_equal(0, AF_INET6, kAllow);
  socket.decide(refuse(EACCES)).end();
  // Ports are forwarded from the start; later none is opened.
  const std::uint32_t at_start = request.broker ? kAsk : kAllow;
  writer.always(SYS_bind, request.network ? at_start : refuse(EACCES));
  writer.allow({SYS_listen});  // at what is bound already: a monitor's socket that it was given
  const std::uint32_t reach = !request.network ? refuse(EACCES) : (request.broker ? kAsk : kAllow);
  writer.always(SYS_connect, reach);
  writer.begin(SYS_sendto).if_null(4, kAllow).decide(reach).end();
  // A datagram's socket sends to whom it likes, with descriptors; streams only to each other.
  writer.begin(SYS_socketpair)
      .if_equal(1, SOCK_STREAM, kAllow, SOCK_STREAM | SOCK_DGRAM | SOCK_RAW | SOCK_SEQPACKET | 8)
      .decide(refuse(EACCES))
      .end();
  // Whoever closes the last of such a socket waits; that may be us, who were sent it.
  Writer& option = writer.begin(SYS_setsockopt);
  option.if_equal(2, SO_LINGER, refuse(EPERM)).decide(kAllow).end();
  writer.begin(SYS_sendmsg).if_any_of(2, MSG_FASTOPEN, refuse(EPERM)).decide(kAllow).end();
}

}  // namespace

Filter make_filter(const FilterRequest& request) {
  if (kArchitecture == 0) return {};
  Writer writer;
  add_controls(writer);
  add_memory(writer);
  add_harmless(writer);
  add_open(writer, request);
  add_own(writer);
  add_programs(writer, request);
  add_changes(writer, request);
  add_network(writer, request);
  writer.decide(refuse(ENOSYS));
  return writer.take();
}

int install_filter(Filter& filter, bool listen) noexcept {
  const auto self = static_cast<std::uint32_t>(::getpid());
  for (const std::size_t at : filter.process_numbers) filter.program[at].operand = self;
  const sock_fprog program = {static_cast<unsigned short>(filter.program.size()),
                              reinterpret_cast<sock_filter*>(filter.program.data())};
  return static_cast<int>(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                    listen ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0UL, &program));
}

}  // namespace quiz::confinement
