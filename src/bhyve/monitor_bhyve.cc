#include "bhyve/monitor_bhyve.h"

#include <fmt/format.h>

#include "base/error.h"
#include "bhyve/command_line.h"

namespace quiz::bhyve {

void BhyveMonitor::check_present(const base::Architecture& /*architecture*/) const {
  throw base::Error("bhyve runs on FreeBSD only", "--dry-run prints what would be run there");
}

std::string BhyveMonitor::board(const machine::MachineSpec& /*spec*/) const { return "bhyve"; }

void BhyveMonitor::check_room(const machine::MachineSpec& spec) const {
  const unsigned used = devices(spec);
  if (used <= kMostDevices) return;
  throw base::Error(
      fmt::format("the machine has no room for {} disks", spec.disks.size()),
      fmt::format("at most {} beside its other devices", kMostDevices + spec.disks.size() - used));
}

std::size_t BhyveMonitor::kernel_line_size(const machine::MachineSpec& spec) const {
  return kernel_line(spec).size();
}

machine::NetworkAddresses BhyveMonitor::network_addresses() const {
  // libslirp's own, which bhyve leaves as they are: 10.0.2.15/24, 10.0.2.2 and 10.0.2.3.
  return {.guest = 0x0a00020f, .prefix = 24, .gateway = 0x0a000202, .resolver = 0x0a000203};
}

std::vector<std::string> BhyveMonitor::invocation(const machine::MachineSpec& spec) const {
  return command_line("bhyve", spec);
}

std::unique_ptr<machine::Machine> BhyveMonitor::start(const machine::MachineSpec& spec,
                                                      const machine::StartOrder& /*order*/) const {
  check_present(spec.architecture);
  return nullptr;
}

}  // namespace quiz::bhyve
