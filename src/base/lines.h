// A program's output as lines and words.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace quiz::base {

/// The lines of a text without their newlines; what follows the last newline is one if it is not
/// empty.
inline std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    lines.emplace_back(line);
  }
  return lines;
}

/// What stands between blanks of any kind.
inline std::vector<std::string> words_of(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\n\v\f\r";
  std::vector<std::string> words;
  while (!text.empty()) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
    text.remove_prefix(word.size());
    if (!word.empty()) words.emplace_back(word);
  }
  return words;
}

/// Cuts what comes in pieces into lines.
class LineCutter {
 public:
  /// `on_line` gets each without its newline; may be empty.
  explicit LineCutter(std::function<void(const std::string& line)> on_line)
      : on_line_(std::move(on_line)) {}

  void add(std::string_view data) {
    if (!on_line_) return;
    rest_ += data;
    std::size_t begin = 0;
    for (std::size_t end; (end = rest_.find('\n', begin)) != std::string::npos; begin = end + 1) {
      on_line_(rest_.substr(begin, end - begin));
    }
    rest_.erase(0, begin);
  }

  /// Nothing more comes: what is left is a line.
  void finish() {
    if (on_line_ && !rest_.empty()) on_line_(rest_);
    rest_.clear();
  }

 private:
  std::function<void(const std::string& line)> on_line_;
  std::string rest_;
};

}  // namespace quiz::base
