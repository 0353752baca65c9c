#include "vmm/cpu_features.h"

#include <bit>
#include <cstdint>

namespace quiz::vmm {

namespace {

enum Leaf : std::uint32_t {
  kFeatures = 0x1,
  kIntelCaches = 0x4,
  kIntelTopology = 0xB,
  kIntelTopologyNewer = 0x1F,
  kAmdSizes = 0x80000008,
  kAmdCaches = 0x8000001D,
  kAmdTopology = 0x8000001E,
};

constexpr std::uint32_t kDeadlineTimer = 1U << 24;  // ecx of kFeatures
constexpr std::uint32_t kHypervisor = 1U << 31;
constexpr std::uint32_t kManyCores = 1U << 28;  // edx
constexpr std::uint32_t kThirdLevel = 3;

/// Bits that hold the numbers below `count`.
unsigned bits_for(unsigned count) { return static_cast<unsigned>(std::bit_width(count - 1)); }

void replace(std::uint32_t& value, unsigned shift, std::uint32_t mask, std::uint32_t by) {
  value = (value & ~(mask << shift)) | ((by & mask) << shift);
}

/// How many CPUs have a cache together: its third level all of them.
void share_cache(kvm_cpuid_entry2& entry, unsigned cpus) {
  const std::uint32_t level = (entry.eax >> 5) & 7;
  replace(entry.eax, 14, 0xFFF, level == kThirdLevel ? cpus - 1 : 0);
}

/// Levels of the topology: threads of a core (one), cores of the package.
void add_levels(std::uint32_t leaf, const Topology& topology,
                std::vector<kvm_cpuid_entry2>& entries) {
  for (std::uint32_t level = 0; level < 2; ++level) {
    kvm_cpuid_entry2 entry{};
    entry.function = leaf;
    entry.index = level;
    entry.flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX;
    entry.eax = level == 0 ? 0 : bits_for(topology.cpus);
    entry.ebx = level == 0 ? 1 : topology.cpus;
    entry.ecx = level | ((level + 1) << 8);
    entry.edx = topology.number;
    entries.push_back(entry);
  }
}

}  // namespace

std::vector<kvm_cpuid_entry2> features_of(const std::vector<kvm_cpuid_entry2>& offered,
                                          const Topology& topology) {
  std::vector<kvm_cpuid_entry2> entries;
  bool levels = false;
  for (kvm_cpuid_entry2 entry : offered) {
    switch (entry.function) {
      case kFeatures:
        replace(entry.ebx, 24, 0xFF, topology.number);
        replace(entry.ebx, 16, 0xFF, topology.cpus);
        entry.ecx |= kHypervisor;
        if (topology.deadline_timer) entry.ecx |= kDeadlineTimer;
        if (topology.cpus > 1) entry.edx |= kManyCores;
        break;
      case kIntelCaches:
        share_cache(entry, topology.cpus);
        replace(entry.eax, 26, 0x3F, topology.cpus - 1);
        break;
      case kIntelTopology:
      case kIntelTopologyNewer:
        levels = levels || entry.function == kIntelTopology;
        continue;  // made anew
      case kAmdSizes:
        replace(entry.ecx, 0, 0xFF, topology.cpus - 1);
        replace(entry.ecx, 12, 0xF, bits_for(topology.cpus));
        break;
      case kAmdCaches:
        share_cache(entry, topology.cpus);
        break;
      case kAmdTopology:
        entry.eax = topology.number;
        entry.ebx = topology.number & 0xFF;  // a core with one thread
        entry.ecx = 0;                       // of the one node
        break;
      default:
        break;
    }
    entries.push_back(entry);
  }
  if (levels) add_levels(kIntelTopology, topology, entries);
  return entries;
}

}  // namespace quiz::vmm
