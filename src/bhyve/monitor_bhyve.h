// machine::Monitor by FreeBSD's bhyve(8). Its invocation can be told, nothing can be started:
// docs/direct-boot.md says what FreeBSD still needs.
#pragma once

#include "machine/monitor.h"

namespace quiz::bhyve {

class BhyveMonitor final : public machine::Monitor {
 public:
  void check_present(const base::Architecture& architecture) const override;
  std::vector<std::filesystem::path> needed_files() const override { return {}; }
  bool can_emulate() const override { return false; }
  std::string board(const machine::MachineSpec& spec) const override;
  void check_room(const machine::MachineSpec& spec) const override;
  std::size_t kernel_line_size(const machine::MachineSpec& spec) const override;
  machine::NetworkAddresses network_addresses() const override;
  std::vector<std::string> invocation(const machine::MachineSpec& spec) const override;
  std::unique_ptr<machine::Machine> start(const machine::MachineSpec& spec,
                                          const machine::StartOrder& order) const override;
};

}  // namespace quiz::bhyve
