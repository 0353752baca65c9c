// KVM's structures that end with an array of any length. <linux/kvm.h> may lay them out wrong in
// C++, where the empty structure in its __DECLARE_FLEX_ARRAY has a size (so in Debian 12), and then
// the numbers of the requests, which hold the size, are wrong, too.
#pragma once

#include <linux/ioctl.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace quiz::vmm {

/// kvm_cpuid2, kvm_msrs.
template <typename Entry, std::size_t Count>
struct KvmList {
  std::uint32_t count = Count;  ///< that are there, or that there is room for
  std::uint32_t padding = 0;
  std::array<Entry, Count> entries{};
};

/// A request for such a structure as the kernel knows it.
constexpr std::uint32_t list_request(unsigned long request) {
  constexpr unsigned long kHeader = 8;
  constexpr unsigned long kSize = static_cast<unsigned long>(_IOC_SIZEMASK) << _IOC_SIZESHIFT;
  return static_cast<std::uint32_t>((request & ~kSize) | kHeader << _IOC_SIZESHIFT);
}

}  // namespace quiz::vmm
