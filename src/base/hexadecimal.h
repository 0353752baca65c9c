// Bytes as lower-case hexadecimal digits, two for each.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace quiz::base {

inline constexpr std::string_view kHexadecimalDigits = "0123456789abcdef";

inline std::string to_hexadecimal(std::string_view bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kHexadecimalDigits[byte >> 4];
    text += kHexadecimalDigits[byte & 15];
  }
  return text;
}

/// Nothing where that is no such text.
inline std::optional<std::string> from_hexadecimal(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const std::size_t high = kHexadecimalDigits.find(text[i]);
    const std::size_t low = kHexadecimalDigits.find(text[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

}  // namespace quiz::base
