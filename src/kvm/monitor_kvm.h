// machine::Monitor of quiz's own: one small process (src/vmm) that puts a kernel into memory, sets
// the CPU's state to match, and goes, and others that serve files (src/files). KVM only. Its
// machines have memory, CPUs with KVM's interrupt controllers and clock, a serial port, the PC's
// clock, virtio devices that the kernel finds by its command line, and no bus.
#pragma once

#include "machine/monitor.h"

namespace quiz::kvm {

class KvmMonitor final : public machine::Monitor {
 public:
  void check_present(const base::Architecture& architecture) const override;
  std::vector<std::filesystem::path> needed_files() const override { return {}; }
  bool can_emulate() const override { return false; }
  std::string board(const machine::MachineSpec&) const override { return "microvm"; }
  void check_room(const machine::MachineSpec& spec) const override;
  std::size_t kernel_line_size(const machine::MachineSpec& spec) const override;
  bool shares_by_virtio_fs() const override { return true; }
  machine::NetworkAddresses network_addresses() const override { return {}; }
  std::vector<std::string> invocation(const machine::MachineSpec& spec) const override;
  std::unique_ptr<machine::Machine> start(const machine::MachineSpec& spec,
                                          const machine::StartOrder& order) const override;
};

}  // namespace quiz::kvm
