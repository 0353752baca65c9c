// The guest's memory, as devices access it: by addresses that the guest has chosen.
#pragma once

#include <cstdint>

namespace quiz::vmm {

class GuestMemory {
 public:
  /// `host` has room for all of it: first what is below 4 GiB, `low` bytes from address 0 on, and
  /// then the rest, which the guest sees from 4 GiB on.
  GuestMemory(std::uint8_t* host, std::uint64_t low, std::uint64_t size)
      : host_(host), low_(low), size_(size) {}

  /// Where these bytes are; nullptr where not all of them are memory. What the guest's CPUs do with
  /// them meanwhile is theirs: what matters is read once.
  std::uint8_t* at(std::uint64_t address, std::uint64_t size) const {
    constexpr std::uint64_t kFourGiB = std::uint64_t{1} << 32;
    const bool low = address < kFourGiB;
    const std::uint64_t room = low ? low_ : size_ - low_;
    const std::uint64_t offset = low ? address : address - kFourGiB;
    if (offset > room || size > room - offset) return nullptr;
    return host_ + (low ? 0 : low_) + offset;
  }

 private:
  std::uint8_t* host_;
  std::uint64_t low_;
  std::uint64_t size_;
};

}  // namespace quiz::vmm
