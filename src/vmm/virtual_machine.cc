#include "vmm/virtual_machine.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "vmm/cpu_features.h"
#include "vmm/kvm_list.h"

namespace quiz::vmm {

namespace {

constexpr int kApiVersion = 12;
constexpr std::uint64_t kFourGiB = std::uint64_t{1} << 32;
/// Where Intel's CPUs that cannot run real mode otherwise keep what KVM needs for it: three pages
/// and one more, below the BIOS (Documentation/virt/kvm/api.rst, KVM_SET_TSS_ADDR).
constexpr std::uint64_t kTaskState = 0xFFFBD000;
constexpr std::uint64_t kIdentityMap = 0xFFFBC000;
constexpr std::size_t kMostFeatures = 256;

using Features = KvmList<kvm_cpuid_entry2, kMostFeatures>;

}  // namespace

VirtualMachine::VirtualMachine(const Order& order, int kvm, Control& control)
    : order_(order), kvm_(kvm), control_(control) {
  if (::ioctl(kvm_, KVM_GET_API_VERSION, 0) != kApiVersion) {
    control_.give_up("/dev/kvm speaks another version of its interface");
  }
  do {
    vm_.reset(::ioctl(kvm_, KVM_CREATE_VM, 0));
  } while (!vm_ && errno == EINTR);
  if (!vm_) control_.give_up("KVM makes no virtual machine", errno);
  const int size = ::ioctl(kvm_, KVM_GET_VCPU_MMAP_SIZE, 0);
  if (size <= 0) control_.give_up("KVM tells no size of a CPU's state", errno);
  shared_size_ = static_cast<std::size_t>(size);
  map_memory();
  std::uint64_t identity_map = kIdentityMap;
  kvm_pit_config timer{};
  timer.flags = KVM_PIT_SPEAKER_DUMMY;  // the second half of its ports
  if (::ioctl(vm_.get(), KVM_SET_TSS_ADDR, kTaskState) != 0 ||
      ::ioctl(vm_.get(), KVM_SET_IDENTITY_MAP_ADDR, &identity_map) != 0 ||
      ::ioctl(vm_.get(), KVM_CREATE_IRQCHIP, 0) != 0 ||
      ::ioctl(vm_.get(), KVM_CREATE_PIT2, &timer) != 0) {
    control_.give_up("KVM makes no interrupt controllers", errno);
  }
  const int most = ::ioctl(kvm_, KVM_CHECK_EXTENSION, KVM_CAP_MAX_VCPUS);
  if (most > 0 && order_.cpus > static_cast<unsigned>(most)) {
    control_.give_up("KVM gives a machine fewer CPUs on this host");
  }
  read_features();
}

void VirtualMachine::map_memory() {
  void* const memory = ::mmap(nullptr, order_.memory, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) control_.give_up("no room for the machine's memory", errno);
  // Large pages spare faults; where there are none nothing is lost.
  ::madvise(memory, order_.memory, MADV_HUGEPAGE);
  ::madvise(memory, order_.memory, MADV_DONTDUMP);
  auto* const host = static_cast<std::uint8_t*>(memory);
  memory_ = GuestMemory(host, order_.low_memory, order_.memory);
  add_memory(0, 0, order_.low_memory, host);
  if (order_.memory > order_.low_memory) {
    add_memory(1, kFourGiB, order_.memory - order_.low_memory, host + order_.low_memory);
  }
}

void VirtualMachine::add_memory(std::uint32_t slot, std::uint64_t address, std::uint64_t size,
                                void* host) {
  kvm_userspace_memory_region region{};
  region.slot = slot;
  region.guest_phys_addr = address;
  region.memory_size = size;
  region.userspace_addr = reinterpret_cast<std::uint64_t>(host);
  if (::ioctl(vm_.get(), KVM_SET_USER_MEMORY_REGION, &region) != 0) {
    control_.give_up("KVM does not take the machine's memory", errno);
  }
}

void VirtualMachine::load(const std::vector<Piece>& pieces, int file) {
  for (const Piece& piece : pieces) {
    std::uint8_t* next = memory_.at(piece.address, piece.size);
    if (next == nullptr) control_.give_up("the kernel does not fit into the machine's memory");
    std::uint8_t* const end = next + piece.size;
    while (next != end) {
      const ssize_t count = ::read(file, next, static_cast<std::size_t>(end - next));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) control_.give_up("the kernel's bytes cannot be read", count < 0 ? errno : 0);
      next += count;
    }
  }
}

void VirtualMachine::read_features() {
  const auto all = std::make_unique<Features>();
  if (::ioctl(kvm_, list_request(KVM_GET_SUPPORTED_CPUID), all.get()) != 0) {
    control_.give_up("KVM does not tell the features of its CPUs", errno);
  }
  features_.assign(all->entries.begin(), all->entries.begin() + all->count);
  has_deadline_timer_ = ::ioctl(kvm_, KVM_CHECK_EXTENSION, KVM_CAP_TSC_DEADLINE_TIMER) > 0;
}

base::Fd VirtualMachine::make_cpu(unsigned number) {
  base::Fd cpu(::ioctl(vm_.get(), KVM_CREATE_VCPU, static_cast<unsigned long>(number)));
  if (!cpu) control_.give_up("KVM makes no virtual CPU", errno);
  const std::vector<kvm_cpuid_entry2> own =
      features_of(features_, {number, order_.cpus, has_deadline_timer_});
  const auto all = std::make_unique<Features>();
  all->count = static_cast<std::uint32_t>(std::min(own.size(), kMostFeatures));
  std::copy_n(own.begin(), all->count, all->entries.begin());
  if (::ioctl(cpu.get(), list_request(KVM_SET_CPUID2), all.get()) != 0) {
    control_.give_up("KVM does not take the features of a virtual CPU", errno);
  }
  return cpu;
}

void VirtualMachine::set_interrupt(unsigned line, bool level) const {
  kvm_irq_level wanted{};
  wanted.irq = line;
  wanted.level = level ? 1 : 0;
  ::ioctl(vm_.get(), KVM_IRQ_LINE, &wanted);
}

void VirtualMachine::pulse(unsigned line) {
  const std::scoped_lock lock(pulsing_);
  set_interrupt(line, true);
  set_interrupt(line, false);
}

void VirtualMachine::stop_clock() { ::ioctl(vm_.get(), KVM_GET_CLOCK, &stopped_at_); }

void VirtualMachine::start_clock() {
  kvm_clock_data clock{};
  clock.clock = stopped_at_.clock;
  ::ioctl(vm_.get(), KVM_SET_CLOCK, &clock);
}

}  // namespace quiz::vmm
