#include "vmm/kvm_list.h"

#include <gtest/gtest.h>
#include <linux/kvm.h>

namespace quiz::vmm {
namespace {

// As Linux's Documentation/virt/kvm/api.rst and its headers have them in C.
TEST(KvmList, IsLaidOutAsInC) {
  EXPECT_EQ(list_request(KVM_GET_SUPPORTED_CPUID), 0xC008AE05u);
  EXPECT_EQ(list_request(KVM_SET_CPUID2), 0x4008AE90u);
  EXPECT_EQ(list_request(KVM_SET_MSRS), 0x4008AE89u);
  using List = KvmList<kvm_cpuid_entry2, 3>;
  EXPECT_EQ(offsetof(List, entries), 8u);
  EXPECT_EQ(sizeof(List), 8u + 3 * 40);
}

}  // namespace
}  // namespace quiz::vmm
