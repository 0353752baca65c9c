// Lists of names in messages and scripts. (fmt::join trips a false -Wstringop-overflow of g++ 12 in
// release builds.)
#pragma once

#include <string>
#include <string_view>

namespace quiz::config {

/// "auto, kvm, tcg"
template <typename Range>
std::string joined(const Range& names, std::string_view separator) {
  std::string text;
  for (const auto& name : names) {
    if (!text.empty()) text += separator;
    text += name;
  }
  return text;
}

}  // namespace quiz::config
