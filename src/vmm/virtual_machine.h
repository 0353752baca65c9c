// KVM's virtual machine: its memory, its interrupt controllers and timers, its CPUs' features.
#pragma once

#include <linux/kvm.h>

#include <cstdint>
#include <mutex>
#include <vector>

#include "base/fd.h"
#include "vmm/control.h"
#include "vmm/guest_memory.h"
#include "vmm/order.h"

namespace quiz::vmm {

class VirtualMachine {
 public:
  /// Ends the process where KVM does not give what it takes.
  VirtualMachine(const Order& order, int kvm, Control& control);

  const GuestMemory& memory() const { return memory_; }
  /// Puts the pieces into memory; `file` stands at their bytes.
  void load(const std::vector<Piece>& pieces, int file);
  /// A CPU by its number, ready for what VirtualCpu sets.
  base::Fd make_cpu(unsigned number);
  /// Bytes of the area that is shared with KVM for each CPU.
  std::size_t shared_size() const { return shared_size_; }

  /// The level of an ISA interrupt line.
  void set_interrupt(unsigned line, bool level) const;
  /// An edge on it, which nobody else's comes between.
  void pulse(unsigned line);
  /// While the CPUs stand the guest's clock does, too.
  void stop_clock();
  void start_clock();

 private:
  void map_memory();
  void add_memory(std::uint32_t slot, std::uint64_t address, std::uint64_t size, void* host);
  void read_features();

  Order order_;
  int kvm_;
  Control& control_;
  base::Fd vm_;
  GuestMemory memory_{nullptr, 0, 0};
  std::size_t shared_size_ = 0;
  std::vector<kvm_cpuid_entry2> features_;
  bool has_deadline_timer_ = false;
  kvm_clock_data stopped_at_{};
  std::mutex pulsing_;
};

}  // namespace quiz::vmm
