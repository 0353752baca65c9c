#include "base/machine_name.h"

#include <algorithm>

namespace quiz::base {

namespace {

constexpr std::size_t kLongest = 64;
/// So that a number fits behind it.
constexpr std::size_t kLongestAfterDirectory = 56;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool is_punctuation(char c) { return c == '.' || c == '_' || c == '-'; }

}  // namespace

bool is_machine_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongest && is_alphanumeric(text[0]) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alphanumeric(c) || is_punctuation(c); });
}

std::string machine_name_after(const std::filesystem::path& directory) {
  std::string name = directory.filename().string();
  for (char& c : name) {
    if (!is_alphanumeric(c) && !is_punctuation(c)) c = '-';
  }
  name.erase(0, std::min(name.size(), name.find_first_not_of("._-")));
  if (name.size() > kLongestAfterDirectory) name.resize(kLongestAfterDirectory);
  return name.empty() ? "machine" : name;
}

std::string numbered_name(const std::string& name, const std::vector<std::string>& taken) {
  std::string candidate = name;
  for (int number = 2; std::find(taken.begin(), taken.end(), candidate) != taken.end(); ++number) {
    const std::string suffix = "-" + std::to_string(number);
    candidate = name.substr(0, kLongest - suffix.size()) + suffix;
  }
  return candidate;
}

}  // namespace quiz::base
