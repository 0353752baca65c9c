// Endian-explicit integers for foreign layouts: bytes in memory, little-endian on every
// architecture, alignment 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace quiz::base {

template <typename Integer>
class LittleEndian {
  static_assert(std::is_unsigned_v<Integer>);

 public:
  LittleEndian() = default;
  constexpr LittleEndian(Integer value) { *this = value; }  // NOLINT: reads as the integer it is
  constexpr LittleEndian& operator=(Integer value) {
    for (std::size_t i = 0; i < sizeof(Integer); ++i) {
      bytes_[i] = static_cast<std::uint8_t>(value >> (8 * i));
    }
    return *this;
  }
  constexpr operator Integer() const {  // NOLINT: see above
    Integer value = 0;
    for (std::size_t i = 0; i < sizeof(Integer); ++i) {
      value = static_cast<Integer>(value | (static_cast<Integer>(bytes_[i]) << (8 * i)));
    }
    return value;
  }

 private:
  std::uint8_t bytes_[sizeof(Integer)];
};

using le16 = LittleEndian<std::uint16_t>;
using le32 = LittleEndian<std::uint32_t>;
using le64 = LittleEndian<std::uint64_t>;

static_assert(sizeof(le16) == 2 && alignof(le16) == 1);
static_assert(sizeof(le32) == 4 && alignof(le32) == 1);
static_assert(sizeof(le64) == 8 && alignof(le64) == 1);

}  // namespace quiz::base
