#include "profile/values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/nearest.h"

namespace quiz::profile {

std::optional<std::uint64_t> read_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> read_size(std::string_view text) {
  for (const std::string_view ending : {"iB", "B"}) {
    if (text.size() > ending.size() + 1 && text.ends_with(ending)) {
      text.remove_suffix(ending.size());
      break;
    }
  }
  constexpr std::string_view kUnits = "KMGT";
  unsigned shift = 0;
  if (!text.empty()) {
    const auto unit = kUnits.find(static_cast<char>(text.back() & ~0x20));
    if (unit != std::string_view::npos && text.back() > '9') {
      shift = 10 * (static_cast<unsigned>(unit) + 1);
      text.remove_suffix(1);
    }
  }
  const auto number = read_number(text);
  if (!number || *number > ~std::uint64_t{0} >> shift) return std::nullopt;
  return *number << shift;
}

std::optional<bool> read_toggle(std::string_view text) {
  for (const std::string_view yes : {"yes", "true", "on", "1"}) {
    if (text == yes) return true;
  }
  for (const std::string_view no : {"no", "false", "off", "0"}) {
    if (text == no) return false;
  }
  return std::nullopt;
}

std::optional<std::string> problem_with(const OptionSpec& option, std::string_view text) {
  const auto not_allowed = [&](const std::string& allowed) {
    return fmt::format("'{}' is not {}", text, allowed);
  };
  const auto limited = [&](std::optional<std::uint64_t> value,
                           const char* what) -> std::optional<std::string> {
    if (!value) return not_allowed(what);
    if (*value < option.minimum) {
      return fmt::format("'{}' is less than {}", text, option.minimum);
    }
    if (*value > option.maximum) {
      return fmt::format("'{}' is more than {}", text, option.maximum);
    }
    return std::nullopt;
  };
  switch (option.type) {
    case OptionType::number:
      return limited(read_number(text), "a whole number");
    case OptionType::size:
      return limited(read_size(text), "a size: bytes, or with a unit as in 64M or 2G");
    case OptionType::toggle:
      return read_toggle(text)
                 ? std::nullopt
                 : std::optional(not_allowed("yes or no (true, false, on, off, 1, 0)"));
    case OptionType::choice:
      if (text.empty() ||
          std::find(option.choices.begin(), option.choices.end(), text) != option.choices.end()) {
        return std::nullopt;
      }
      return not_allowed(fmt::format("one of {}", fmt::join(option.choices, ", ")));
    case OptionType::text:
    case OptionType::file:
      break;
  }
  return std::nullopt;
}

std::string expanded(std::string_view text, const OptionValues& values, const std::string& where) {
  std::string result;
  while (!text.empty()) {
    const std::size_t brace = std::min(text.find('{'), text.size());
    result += text.substr(0, brace);
    text.remove_prefix(brace);
    if (text.empty()) break;
    if (text.starts_with("{{")) {
      result += '{';
      text.remove_prefix(2);
      continue;
    }
    const std::size_t end = text.find('}');
    const std::string name(text.substr(1, end == std::string_view::npos ? end : end - 1));
    const auto value = values.find(name);
    if (end == std::string_view::npos || value == values.end()) {
      throw base::Error(fmt::format("{}: '{{{}}}' is no option of the profile", where, name),
                        "write {{ for a brace");
    }
    result += value->second;
    text.remove_prefix(end + 1);
  }
  return result;
}

}  // namespace quiz::profile
