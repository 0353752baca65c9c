#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/fd.h"
#include "kvm/probe_loop.h"

namespace quiz::kvm {

namespace {

constexpr std::uint32_t kIterations = 1'000'000;
/// Hardware needs about a millisecond for the loop; who has not finished it by then interprets.
constexpr int kInterruptMs = 50;

/// mov ecx, kIterations; loop: dec ecx; jnz loop; hlt — in 16-bit mode with 32-bit operands.
constexpr std::uint8_t kLoop[] = {0x66, 0xb9, 0x40, 0x42, 0x0f, 0x00, 0x66, 0x49, 0x75, 0xfc, 0xf4};
static_assert(kIterations == 0x000f4240);

void note_problem(Finding& finding, const char* text, int error = 0) {
  std::strncpy(finding.problem, text, sizeof finding.problem - 1);
  finding.error = error;
}

/// KVM_RUN returns EINTR then. Not before: a virtual machine cannot be made amid signals.
void interrupt_soon() {
  struct sigaction action = {};
  action.sa_handler = [](int) {};  // no SA_RESTART
  ::sigaction(SIGALRM, &action, nullptr);
  const itimerval alarm = {{0, 10'000}, {0, kInterruptMs * 1000L}};
  ::setitimer(ITIMER_REAL, &alarm, nullptr);
}

double thread_cpu_seconds() {
  timespec time = {};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace

void run_probe_loop(Finding& finding) {
  constexpr std::size_t kPage = 4096;
  constexpr std::uint64_t kAddress = 0x1000;
  const base::Fd kvm(::open("/dev/kvm", O_RDWR | O_CLOEXEC));
  if (!kvm) return note_problem(finding, "it does not open", errno);
  const base::Fd vm(::ioctl(kvm.get(), KVM_CREATE_VM, 0));
  const base::Fd vcpu(vm ? ::ioctl(vm.get(), KVM_CREATE_VCPU, 0) : -1);
  void* memory = ::mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const int size = ::ioctl(kvm.get(), KVM_GET_VCPU_MMAP_SIZE, 0);
  if (!vcpu || memory == MAP_FAILED || size <= 0) {
    return note_problem(finding, "it creates no virtual CPU", errno);
  }
  void* state = ::mmap(nullptr, static_cast<std::size_t>(size), PROT_READ | PROT_WRITE, MAP_SHARED,
                       vcpu.get(), 0);
  std::memcpy(memory, kLoop, sizeof kLoop);
  kvm_userspace_memory_region region = {};
  region.guest_phys_addr = kAddress;
  region.memory_size = kPage;
  region.userspace_addr = reinterpret_cast<std::uint64_t>(memory);
  kvm_sregs segments = {};
  kvm_regs registers = {};
  registers.rip = kAddress;
  registers.rflags = 2;
  if (state == MAP_FAILED || ::ioctl(vm.get(), KVM_SET_USER_MEMORY_REGION, &region) != 0 ||
      ::ioctl(vcpu.get(), KVM_GET_SREGS, &segments) != 0) {
    return note_problem(finding, "it takes no memory");
  }
  segments.cs.base = 0;
  segments.cs.selector = 0;
  if (::ioctl(vcpu.get(), KVM_SET_SREGS, &segments) != 0 ||
      ::ioctl(vcpu.get(), KVM_SET_REGS, &registers) != 0) {
    return note_problem(finding, "it takes no registers");
  }
  interrupt_soon();
  const double cpu_begin = thread_cpu_seconds();
  const auto begin = std::chrono::steady_clock::now();
  const int result = ::ioctl(vcpu.get(), KVM_RUN, 0);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  finding.measurement.seconds = taken.count();
  finding.measurement.cpu_seconds = thread_cpu_seconds() - cpu_begin;
  if (result != 0 && errno != EINTR)
    return note_problem(finding, "its virtual CPU does not run", errno);
  if (::ioctl(vcpu.get(), KVM_GET_REGS, &registers) != 0) {
    return note_problem(finding, "it gives no registers");
  }
  if (result == 0 && static_cast<kvm_run*>(state)->exit_reason != KVM_EXIT_HLT) {
    return note_problem(finding, "its virtual CPU fails");
  }
  finding.measurement.iterations = kIterations - static_cast<std::uint32_t>(registers.rcx);
}

}  // namespace quiz::kvm
