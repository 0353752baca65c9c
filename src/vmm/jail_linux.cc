#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/kvm.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <initializer_list>

#include "vmm/jail.h"
#include "vmm/order.h"

namespace quiz::vmm {

namespace {

/// A list of what is allowed, as the kernel's small programs are written: one that jumps forward.
class Filter {
 public:
  Filter() {
    add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)));
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0));
    add(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
    load_number();
  }

  void allow(std::initializer_list<long> calls) {
    for (const long call : calls) {
      add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 1));
      add(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    }
  }

  /// Only with one of these as the argument's low half.
  void allow(long call, unsigned argument, std::initializer_list<std::uint32_t> values) {
    const auto behind = static_cast<std::uint8_t>(2 * values.size() + 2);
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, behind));
    add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                 static_cast<std::uint32_t>(offsetof(seccomp_data, args) + 8 * argument)));
    for (const std::uint32_t value : values) {
      add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
      add(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    }
    add(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
  }

  void install(Control& control) {
    add(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
    const sock_fprog program = {static_cast<unsigned short>(used_), words_.data()};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
      control.give_up("the monitor cannot give up system calls", errno);
    }
  }

 private:
  void load_number() { add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))); }
  void add(sock_filter word) { words_.at(used_++) = word; }

  std::array<sock_filter, 128> words_{};
  std::size_t used_ = 0;
};

/// Locks, signals, the end, and to wait again after a stop.
void allow_calls_of_all(Filter& filter) {
  filter.allow({SYS_futex, SYS_rt_sigreturn, SYS_rt_sigprocmask, SYS_restart_syscall, SYS_exit,
                SYS_exit_group, SYS_clock_gettime});
}

}  // namespace

void allow_calls_of_cpu(Control& control) {
  Filter filter;
  filter.allow(SYS_ioctl, 1,
               {KVM_RUN, KVM_IRQ_LINE, KVM_NMI, static_cast<std::uint32_t>(KVM_GET_REGS),
                static_cast<std::uint32_t>(KVM_GET_SREGS)});
  filter.allow(SYS_write, 0, {kControl, kConsoleOutput, kWake});
  allow_calls_of_all(filter);
  filter.install(control);
}

void allow_calls_of_disk(Control& control) {
  Filter filter;
  filter.allow({SYS_preadv, SYS_pwritev, SYS_fdatasync, SYS_fallocate});
  filter.allow(SYS_ioctl, 1, {KVM_IRQ_LINE});
  filter.allow(SYS_write, 0, {kControl, kWake});
  allow_calls_of_all(filter);
  filter.install(control);
}

void allow_calls_of_server(Control& control) {
  Filter filter;
  filter.allow({SYS_poll, SYS_ppoll, SYS_tgkill, SYS_gettid, SYS_getpid, SYS_getrandom, SYS_readv,
                SYS_recvfrom, SYS_sendmsg, SYS_recvmsg});
  filter.allow(SYS_read, 0, {kControl, kConsoleInput, kWake});
  filter.allow(SYS_write, 0, {kControl, kWake});
  filter.allow(SYS_ioctl, 1,
               {KVM_KVMCLOCK_CTRL, KVM_IRQ_LINE, static_cast<std::uint32_t>(KVM_GET_CLOCK),
                static_cast<std::uint32_t>(KVM_SET_CLOCK)});
  allow_calls_of_all(filter);
  filter.install(control);
}

}  // namespace quiz::vmm
