// Cutting a text at a separator.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace quiz::base {

/// The parts between the separators without the blanks around them; empty parts are left out.
inline std::vector<std::string> split(std::string_view text, char separator) {
  constexpr std::string_view kBlanks = " \t";
  std::vector<std::string> parts;
  while (!text.empty()) {
    std::string_view part = text.substr(0, text.find(separator));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    const std::size_t begin = part.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) continue;
    part.remove_prefix(begin);
    parts.emplace_back(part.substr(0, part.find_last_not_of(kBlanks) + 1));
  }
  return parts;
}

}  // namespace quiz::base
