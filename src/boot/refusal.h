// How the loaders refuse an image: a sentence with the values that are wrong, and the rule that
// they break, by the section of its specification. Used by the files of this folder only.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace quiz::boot {

/// Throws base::Error "SENTENCE (RULE)"; the caller of the loader adds the file's name.
template <typename... Arguments>
[[noreturn]] void refuse(std::string_view rule, fmt::format_string<Arguments...> sentence,
                         Arguments&&... arguments) {
  std::string text = fmt::format(sentence, std::forward<Arguments>(arguments)...);
  if (!rule.empty()) text += fmt::format(" ({})", rule);
  throw base::Error(std::move(text));
}

}  // namespace quiz::boot
