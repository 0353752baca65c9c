// A plan's CPU state as KVM takes it. Pure.
#pragma once

#include "boot/plan.h"
#include "vmm/order.h"

namespace quiz::kvm {

kvm_regs registers_of(const boot::CpuState& cpu);

/// The base of the interrupt controller, which the CPU has already, is left out.
kvm_sregs system_registers_of(const boot::CpuState& cpu);

}  // namespace quiz::kvm
