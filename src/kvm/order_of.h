// A machine's description as the monitor's process takes it.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "boot/plan.h"
#include "machine/machine_spec.h"
#include "vmm/order.h"

namespace quiz::kvm {

/// The disks as the machine has them: the root's image first.
std::vector<machine::Disk> disks_of(const machine::MachineSpec& spec);

/// Its virtio devices.
std::size_t device_count(const machine::MachineSpec& spec);

/// What is to be run, from a plan of the machine's own kernel: an open file with the order, its
/// lists and the plan's bytes, at its beginning. `filter`: as in vmm::Order. Throws base::Error.
base::Fd make_order(const machine::MachineSpec& spec, const boot::BootPlan& plan, bool filter);

}  // namespace quiz::kvm
