#include "kvm/monitor_kvm.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "boot/plan.h"
#include "kvm/machine_kvm.h"
#include "kvm/order_of.h"

namespace quiz::kvm {

void KvmMonitor::check_present(const base::Architecture& architecture) const {
  if (architecture.name == "x86_64" && architecture == base::host_architecture()) return;
  throw base::Error(fmt::format("quiz's own monitor has no machines of {}", architecture.name),
                    "run without --on=kvm");
}

void KvmMonitor::check_room(const machine::MachineSpec& spec) const {
  const auto refuse = [](const std::string& what, const std::string& hint) {
    throw base::Error("quiz's own monitor " + what, hint + "without --on=kvm");
  };
  if (spec.plan != nullptr) {
    const boot::Board board = spec.plan->platform.board;
    if (board == boot::Board::microvm) return;
    refuse(fmt::format("has no {}: neither a BIOS nor PCI", boot::name_of(board)),
           "boot with --machine=microvm, or ");
  }
  if (!spec.devices_by_command_line) {
    refuse("needs a kernel that finds its devices by its command line: Debian's look at PCI",
           "run a kernel that quiz has built (quiz kernel build), or ");
  }
  const bool writes = std::any_of(spec.shares.begin(), spec.shares.end(),
                                  [](const machine::Share& share) { return share.writable; });
  if (writes) refuse("shares directories for reading only (-w, --output)", "run ");
  if (spec.network || spec.lan) refuse("has no network", "run ");
  if (spec.stopped) refuse("has nothing for a debugger", "run ");
  if (device_count(spec) > vmm::kMostDevices) {
    refuse(fmt::format("has room for {} virtio devices, not {}", vmm::kMostDevices,
                       device_count(spec)),
           "run ");
  }
}

std::size_t KvmMonitor::kernel_line_size(const machine::MachineSpec& spec) const {
  return spec.plan == nullptr ? kernel_line(spec).size() : spec.plan->command_line.size();
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
