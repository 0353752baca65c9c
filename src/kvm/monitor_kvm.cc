#include "kvm/monitor_kvm.h"

#include <fmt/format.h>

#include "base/error.h"
#include "boot/plan.h"
#include "kvm/machine_kvm.h"

namespace quiz::kvm {

void KvmMonitor::check_present(const base::Architecture& architecture) const {
  if (architecture.name == "x86_64" && architecture == base::host_architecture()) return;
  throw base::Error(fmt::format("quiz's own monitor has no machines of {}", architecture.name),
                    "run without --on=kvm");
}

void KvmMonitor::check_room(const machine::MachineSpec& spec) const {
  if (spec.plan == nullptr) {
    throw base::Error("quiz's own monitor boots bare kernels only (quiz --on=kvm boot KERNEL)",
                      "run without --on=kvm");
  }
  const boot::Board board = spec.plan->platform.board;
  if (board != boot::Board::microvm) {
    throw base::Error(
        fmt::format("quiz's own monitor has no {}: neither a BIOS nor PCI", boot::name_of(board)),
        "boot with --machine=microvm, or without --on=kvm");
  }
}

std::size_t KvmMonitor::kernel_line_size(const machine::MachineSpec& spec) const {
  return spec.plan == nullptr ? spec.command_line.size() : spec.plan->command_line.size();
}

std::vector<std::string> KvmMonitor::invocation(const machine::MachineSpec& spec) const {
  check_room(spec);
  throw base::Error("quiz's own monitor is a part of quiz: there is no command for it",
                    "quiz boot --plan shows what it is told");
}

std::unique_ptr<machine::Machine> KvmMonitor::start(const machine::MachineSpec& spec,
                                                    const machine::StartOrder& order) const {
  check_room(spec);
  if (order.control_socket >= 0) {
    throw base::Error("quiz's own monitor does not speak QEMU's protocol (--qmp)",
                      "boot without --on=kvm");
  }
  return std::make_unique<KvmMachine>(spec, order);
}

}  // namespace quiz::kvm
