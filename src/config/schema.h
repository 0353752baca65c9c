// The one table of settings: from it come the reading of files, environment and command line, `quiz
// config --explain`,
// --help, the completions and the test of the man page. A new setting is a field in settings.h and
// a row in schema.cc,
// and one in consent_table.cc says what a project may do with it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"

namespace quiz::config {

/// Which TOML types a setting takes, and how it is shown.
enum class Type { kSwitch, kText, kChoice, kNumber, kSize, kDuration, kDescriptor, kList };
/// What a shell completes after the option.
enum class Completion {
  kNone,
  kChoices,
  kKernel,
  kRoot,
  kProfile,
  kProgram,
  kFile,
  kDirectory,
  kVariable
};
/// The headings of --help.
enum class Group { kMachine, kProgram, kFailure, kOutput, kOther };
/// A relative path in a file is relative to that file's directory: never, always, or only what has
/// a slash or is "." or
/// "..", because other words are names.
enum class PathRule { kNone, kAlways, kWithSlash };
/// A value as TOML, and where it came from.
struct Shown {
  std::string toml;
  Origin origin;
};

struct Option {
  /// In TOML and, in capitals after QUIZ_, in the environment; empty: only a flag.
  std::string_view key{};
  char short_flag = 0;           ///< 0: none
  std::string_view long_flag{};  ///< without the dashes; empty: none
  std::string_view argument{};   ///< "SIZE"; empty: a switch
  std::string_view bare{};       ///< a switch's value when it stands alone
  Type type = Type::kText;
  Group group = Group::kOther;
  std::string_view help{};     ///< one line, no full stop
  std::string_view allowed{};  ///< "a number from 1 to 255"; completes "'x' is not …"
  std::span<const std::string_view> choices{};
  Completion completion = Completion::kNone;
  PathRule path = PathRule::kNone;
  std::string_view command{};  ///< not a setting: stands for this command (--help, --version)
  /// Sets or appends; false if the text is not allowed.
  bool (*set)(Settings&, std::string_view text, const Origin&) = nullptr;
  /// One element, or as many as a list has.
  std::vector<Shown> (*show)(const Settings&) = nullptr;

  bool takes_argument() const { return !argument.empty(); }
  bool is_list() const { return type == Type::kList; }
  /// "QUIZ_MEMORY"; only for options with a key.
  std::string variable() const;
  /// "-m, --memory SIZE"
  std::string flags() const;
};

/// All rows, in the order of --help.
std::span<const Option> options();
const Option* find_key(std::string_view key);
const Option* find_long_flag(std::string_view name);
const Option* find_short_flag(char flag);

/// One thing that a layer says.
struct Assignment {
  const Option* option;
  std::string text;
  Origin origin;
};

/// Throws Error, which names the value, its origin and what is allowed.
void apply(Settings& settings, const Assignment& assignment);

}  // namespace quiz::config
