// What a virtual CPU says of itself (CPUID): KVM's offer, with its number and its neighbours. Pure.
#pragma once

#include <linux/kvm.h>

#include <vector>

namespace quiz::vmm {

struct Topology {
  unsigned number = 0;
  unsigned cpus = 1;            ///< all of them are cores of one package
  bool deadline_timer = false;  ///< the interrupt controllers of KVM have it
};

/// Sources: Intel SDM 2A, CPUID; AMD's manual, volume 3, appendix E;
/// Documentation/virt/kvm/x86/cpuid.rst.
std::vector<kvm_cpuid_entry2> features_of(const std::vector<kvm_cpuid_entry2>& offered,
                                          const Topology& topology);

}  // namespace quiz::vmm
