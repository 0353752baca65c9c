#include "vmm/virtual_cpu.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "vmm/jail.h"
#include "vmm/kvm_list.h"

namespace quiz::vmm {

namespace {

constexpr std::uint32_t kDefaultMemoryType = 0x2FF;  // MSR: IA32_MTRR_DEF_TYPE
constexpr std::uint64_t kEnabledWriteBack = 0x806;
constexpr std::uint32_t kMiscellaneous = 0x1A0;  // MSR: IA32_MISC_ENABLE
constexpr std::uint64_t kFastStrings = 1;

/// Of the thread that runs a CPU: KVM_RUN returns at once as long as it is set.
thread_local volatile std::uint8_t* immediate_exit = nullptr;

void on_kick(int) {
  if (immediate_exit != nullptr) *immediate_exit = 1;
}

/// What a BIOS sets: all memory may be cached.
void set_model_registers(int cpu) {
  KvmList<kvm_msr_entry, 2> registers;
  registers.entries = {
      {{kDefaultMemoryType, 0, kEnabledWriteBack}, {kMiscellaneous, 0, kFastStrings}}};
  // As many as this CPU has.
  ::ioctl(cpu, list_request(KVM_SET_MSRS), &registers);
}

}  // namespace

void Gate::pass() {
  if (!closed_) return;
  std::unique_lock lock(mutex_);
  ++standing_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return !closed_; });
  --standing_;
}

void Gate::wait_for_all() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return standing_ == cpus_; });
}

void Gate::open() {
  const std::scoped_lock lock(mutex_);
  closed_ = false;
  changed_.notify_all();
}

VirtualCpu::VirtualCpu(VirtualMachine& machine, unsigned number, Gate& gate, Board& board,
                       Control& control)
    : machine_(machine),
      gate_(gate),
      board_(board),
      control_(control),
      cpu_(machine.make_cpu(number)) {
  void* const shared =
      ::mmap(nullptr, machine_.shared_size(), PROT_READ | PROT_WRITE, MAP_SHARED, cpu_.get(), 0);
  if (shared == MAP_FAILED) control_.give_up("KVM shares no CPU's state", errno);
  shared_ = static_cast<kvm_run*>(shared);
  set_model_registers(cpu_.get());
}

void VirtualCpu::set_state(const kvm_regs& registers, const kvm_sregs& system_registers) {
  kvm_sregs own{};
  if (::ioctl(cpu_.get(), KVM_GET_SREGS, &own) != 0) {
    control_.give_up("KVM tells no CPU's state", errno);
  }
  kvm_sregs wanted = system_registers;
  wanted.apic_base = own.apic_base;
  if (::ioctl(cpu_.get(), KVM_SET_SREGS, &wanted) != 0 ||
      ::ioctl(cpu_.get(), KVM_SET_REGS, &registers) != 0) {
    control_.give_up("KVM does not take the boot CPU's state", errno);
  }
}

void VirtualCpu::start(bool filter) {
  filter_ = filter;
  struct sigaction action = {};
  action.sa_handler = on_kick;  // no SA_RESTART
  ::sigaction(SIGUSR1, &action, nullptr);
  const int error = ::pthread_create(&thread_, nullptr, thread, this);
  if (error != 0) control_.give_up("no thread for a virtual CPU", error);
}

void VirtualCpu::kick() const { ::pthread_kill(thread_, SIGUSR1); }

void VirtualCpu::interrupt() {
  // By its own thread: KVM would have another one wait until this one has left the guest.
  interrupted_ = true;
  kick();
}

void VirtualCpu::excuse_pause() const { ::ioctl(cpu_.get(), KVM_KVMCLOCK_CTRL, 0); }

void* VirtualCpu::thread(void* self) {
  auto& cpu = *static_cast<VirtualCpu*>(self);
  immediate_exit = &cpu.shared_->immediate_exit;
  if (cpu.filter_) allow_calls_of_cpu(cpu.control_);
  cpu.run();
}

void VirtualCpu::run() {
  for (;;) {
    gate_.pass();
    if (interrupted_.exchange(false)) ::ioctl(cpu_.get(), KVM_NMI, 0);
    const int result = ::ioctl(cpu_.get(), KVM_RUN, 0);
    if (result == 0) {
      handle_exit();
      continue;
    }
    if (errno != EINTR && errno != EAGAIN) {
      control_.give_up("KVM does not run a virtual CPU", errno);
    }
    shared_->immediate_exit = 0;
  }
}

void VirtualCpu::handle_exit() {
  switch (shared_->exit_reason) {
    case KVM_EXIT_IO: {
      const auto& io = shared_->io;
      auto* data = reinterpret_cast<std::uint8_t*>(shared_) + io.data_offset;
      for (std::uint32_t i = 0; i < io.count; ++i, data += io.size) {
        if (io.direction == KVM_EXIT_IO_IN) {
          board_.ports().read(io.port, data, io.size);
        } else {
          board_.ports().write(io.port, data, io.size);
        }
      }
      return;
    }
    case KVM_EXIT_MMIO:
      if (shared_->mmio.is_write == 0) {
        board_.read(shared_->mmio.phys_addr, shared_->mmio.data, shared_->mmio.len);
      } else {
        board_.write(shared_->mmio.phys_addr, shared_->mmio.data, shared_->mmio.len);
      }
      return;
    case KVM_EXIT_SHUTDOWN:  // a triple fault
      control_.tell(Word::reset);
      ::_exit(0);
    case KVM_EXIT_INTR:
    case KVM_EXIT_HLT:
      return;
    case KVM_EXIT_FAIL_ENTRY:
      fail("the CPU refuses the guest's state", shared_->fail_entry.hardware_entry_failure_reason);
    case KVM_EXIT_INTERNAL_ERROR:
      fail("KVM reports an internal error", shared_->internal.suberror);
    default:
      fail("a virtual CPU stopped for a reason that quiz does not know", shared_->exit_reason);
  }
}

void VirtualCpu::fail(const char* what, unsigned long long code) {
  kvm_regs registers{};
  kvm_sregs system{};
  ::ioctl(cpu_.get(), KVM_GET_REGS, &registers);
  ::ioctl(cpu_.get(), KVM_GET_SREGS, &system);
  char text[sizeof Message::text];
  std::snprintf(text, sizeof text,
                "%s (0x%llx): rip 0x%llx rsp 0x%llx rflags 0x%llx cs 0x%x:0x%llx cr0 0x%llx cr2 "
                "0x%llx cr3 0x%llx cr4 0x%llx efer 0x%llx",
                what, code, registers.rip, registers.rsp, registers.rflags, system.cs.selector,
                system.cs.base, system.cr0, system.cr2, system.cr3, system.cr4, system.efer);
  control_.give_up(text);
}

}  // namespace quiz::vmm
