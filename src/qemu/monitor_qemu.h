// machine::Monitor by QEMU.
#pragma once

#include <string>
#include <utility>

#include "machine/monitor.h"
#include "qemu/warm_image.h"

namespace quiz::qemu {

class QemuMonitor final : public machine::Monitor {
 public:
  /// `program` is a name or a path; `images`: where saved machines are kept.
  QemuMonitor(std::string program, WarmImages images)
      : program_(std::move(program)), images_(std::move(images)) {}

  void check_present(const base::Architecture& architecture) const override;
  std::vector<std::filesystem::path> needed_files() const override;
  bool can_emulate() const override { return true; }
  std::string board(const machine::MachineSpec& spec) const override;
  void check_room(const machine::MachineSpec& spec) const override;
  std::size_t kernel_line_size(const machine::MachineSpec& spec) const override;
  machine::NetworkAddresses network_addresses() const override;
  std::vector<std::string> invocation(const machine::MachineSpec& spec) const override;
  std::unique_ptr<machine::Machine> start(const machine::MachineSpec& spec,
                                          const machine::StartOrder& order) const override;

 private:
  std::string program_;
  WarmImages images_;
};

}  // namespace quiz::qemu
