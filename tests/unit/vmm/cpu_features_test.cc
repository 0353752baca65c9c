#include "vmm/cpu_features.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace quiz::vmm {
namespace {

kvm_cpuid_entry2 entry(std::uint32_t leaf, std::uint32_t index = 0, std::uint32_t eax = 0) {
  kvm_cpuid_entry2 result{};
  result.function = leaf;
  result.index = index;
  result.eax = eax;
  return result;
}

const kvm_cpuid_entry2& find(const std::vector<kvm_cpuid_entry2>& entries, std::uint32_t leaf,
                             std::uint32_t index = 0) {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const auto& each) {
    return each.function == leaf && each.index == index;
  });
  EXPECT_NE(found, entries.end()) << leaf;
  return *found;
}

TEST(CpuFeatures, EachCpuHasItsNumber) {
  kvm_cpuid_entry2 features = entry(1);
  features.ebx = 0x12345678;
  const auto third = features_of({entry(0), features, entry(0xB), entry(0xB, 1)}, {3, 4, true});
  EXPECT_EQ(find(third, 1).ebx, 0x03045678u);
  EXPECT_EQ(find(third, 1).ecx, 1U << 31 | 1U << 24);
  EXPECT_EQ(find(third, 1).edx, 1U << 28);
  EXPECT_EQ(find(third, 0xB, 0).edx, 3u);
  EXPECT_EQ(find(third, 0xB, 0).ebx, 1u);
  EXPECT_EQ(find(third, 0xB, 0).ecx, 0x100u);
  EXPECT_EQ(find(third, 0xB, 1).eax, 2u);
  EXPECT_EQ(find(third, 0xB, 1).ebx, 4u);
  EXPECT_EQ(find(third, 0xB, 1).ecx, 0x201u);
  EXPECT_EQ(third.size(), 4u);
}

TEST(CpuFeatures, OneCpuIsNoMany) {
  const auto only = features_of({entry(1)}, {0, 1, false});
  EXPECT_EQ(find(only, 1).ebx, 0x00010000u);
  EXPECT_EQ(find(only, 1).edx, 0u);
  EXPECT_EQ(find(only, 1).ecx, 1U << 31);
  EXPECT_EQ(only.size(), 1u);  // no topology where none was offered
}

TEST(CpuFeatures, ThirdLevelCachesAreSharedByAll) {
  const auto cpu = features_of(
      {entry(4, 0, 1 << 5 | 0xFFF << 14), entry(4, 3, 3 << 5), entry(0x8000001D, 3, 3 << 5)},
      {0, 4, false});
  EXPECT_EQ(find(cpu, 4, 0).eax, 1u << 5 | 3u << 26);
  EXPECT_EQ(find(cpu, 4, 3).eax, 3u << 5 | 3u << 14 | 3u << 26);
  EXPECT_EQ(find(cpu, 0x8000001D, 3).eax, 3u << 5 | 3u << 14);
}

TEST(CpuFeatures, AmdsNumbers) {
  const auto cpu = features_of({entry(0x80000008), entry(0x8000001E)}, {2, 3, false});
  EXPECT_EQ(find(cpu, 0x80000008).ecx, 0x2002u);
  EXPECT_EQ(find(cpu, 0x8000001E).eax, 2u);
  EXPECT_EQ(find(cpu, 0x8000001E).ebx, 2u);
}

}  // namespace
}  // namespace quiz::vmm
