#include "openzfs/meta.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace quiz::openzfs {

namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kWhite = " \t\r";
  const std::size_t begin = text.find_first_not_of(kWhite);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kWhite) - begin + 1);
}

/// The leading numbers of "6.12.117": 6, 12, 117.
std::vector<unsigned> numbers(std::string_view version) {
  std::vector<unsigned> result;
  while (true) {
    unsigned number = 0;
    const auto [end, error] =
        std::from_chars(version.data(), version.data() + version.size(), number);
    if (error != std::errc()) return result;
    result.push_back(number);
    version.remove_prefix(static_cast<std::size_t>(end - version.data()));
    if (!version.starts_with('.')) return result;
    version.remove_prefix(1);
  }
}

std::vector<unsigned> first_two(std::vector<unsigned> version) {
  version.resize(std::min<std::size_t>(version.size(), 2));
  return version;
}

/// std::vector's own comparison is wrong on big-endian machines, where libstdc++ 12 compares as
/// many bytes as there are numbers.
bool precedes(const std::vector<unsigned>& one, const std::vector<unsigned>& other) {
  return std::lexicographical_compare(one.begin(), one.end(), other.begin(), other.end());
}

}  // namespace

Meta parse_meta(std::string_view text) {
  Meta meta;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view key = trimmed(line.substr(0, colon));
    const std::string value(trimmed(line.substr(colon + 1)));
    if (key == "Name") meta.name = value;
    if (key == "Version") meta.version = value;
    if (key == "Release") meta.release = value;
    if (key == "Linux-Minimum") meta.linux_minimum = value;
    if (key == "Linux-Maximum") meta.linux_maximum = value;
  }
  return meta;
}

Fit fit_of(const Meta& meta, std::string_view linux_version) {
  const auto version = numbers(linux_version);
  const auto minimum = numbers(meta.linux_minimum);
  const auto maximum = numbers(meta.linux_maximum);
  if (version.empty()) return Fit::fits;
  if (!minimum.empty() && precedes(version, minimum)) return Fit::too_old;
  if (!maximum.empty() && precedes(first_two(maximum), first_two(version))) return Fit::too_new;
  return Fit::fits;
}

}  // namespace quiz::openzfs
