// The options of commands with commands of their own (`quiz kernel build -j 4`): which there are,
// the reading of the words, and their `--help`. The library behind it is slow to compile, so only
// word_options.cc includes it. The options of a run are command_line.h's.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace quiz::cli {

/// One of them, to say more about it. Valid as long as its WordOptions.
class WordOption {
 public:
  WordOption() = default;

  WordOption& required();
  /// No other value is accepted.
  WordOption& one_of(const std::vector<std::string>& values);
  /// A repeatable one takes one word each time, so that others may follow it.
  WordOption& one_word_each();
  /// The same, and the help shows it as one that takes one word.
  WordOption& shown_with_one_word();
  /// May be named without a value (`--llvm`).
  WordOption& value_is_optional();
  /// After WordOptions::read: was it among the words?
  bool given() const;

 private:
  friend class WordOptions;
  explicit WordOption(CLI::Option* option) : option_(option) {}
  CLI::Option* option_ = nullptr;
};

class WordOptions {
 public:
  /// `command`: "quiz kernel list".
  WordOptions(const std::string& description, const std::string& command);
  WordOptions(const WordOptions&) = delete;
  WordOptions& operator=(const WordOptions&) = delete;
  ~WordOptions();

  // `names`: "-j,--jobs", or "PATH" for one that is known by its place. The values must live as
  // long as this.
  void add_flag(const std::string& names, bool& value, const std::string& help);
  WordOption add_option(const std::string& names, std::string& value, const std::string& help);
  WordOption add_option(const std::string& names, unsigned& value, const std::string& help);
  /// Repeatable.
  WordOption add_option(const std::string& names, std::vector<std::string>& values,
                        const std::string& help);

  /// Reads the words into the values. Returns false when help was asked for and printed. Throws
  /// base::Error for words that the command does not have.
  bool read(const std::vector<std::string>& words);

 private:
  std::unique_ptr<CLI::App> app_;
};

}  // namespace quiz::cli
