// Reading foreign layouts out of bytes that nobody has checked yet: every access is bounded. Used
// by the parsers of this folder only.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/error.h"

namespace quiz::boot {

/// True when [offset, offset + length) lies within `size`, whatever the numbers are.
constexpr bool fits(std::uint64_t offset, std::uint64_t length, std::uint64_t size) {
  return offset <= size && length <= size - offset;
}

/// The part [offset, offset + length). Throws Error ("WHAT is cut off").
inline std::string_view part(std::string_view bytes, std::uint64_t offset, std::uint64_t length,
                             const char* what) {
  if (!fits(offset, length, bytes.size())) {
    throw base::Error(std::string(what) + " is cut off");
  }
  return bytes.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(length));
}

/// A layout of endian-explicit integers at `offset`. Throws Error ("WHAT is cut off").
template <typename Layout>
Layout load(std::string_view bytes, std::uint64_t offset, const char* what) {
  static_assert(std::is_trivially_copyable_v<Layout> && alignof(Layout) == 1);
  Layout layout;
  part(bytes, offset, sizeof layout, what).copy(reinterpret_cast<char*>(&layout), sizeof layout);
  return layout;
}

}  // namespace quiz::boot
