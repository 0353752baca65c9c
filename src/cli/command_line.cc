#include "cli/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/error.h"
#include "base/nearest.h"
#include "cli/commands.h"

namespace quiz::cli {

namespace {

constexpr const char* kSeeHelp =
    "`quiz --help` lists the options; those of a program come after the program";

class Parser {
 public:
  explicit Parser(const std::vector<std::string>& arguments) : arguments_(arguments) {}

  Invocation parse() {
    while (next_ < arguments_.size()) {
      const std::string& argument = arguments_[next_];
      if (argument.size() < 2 || argument[0] != '-') {
        if (!subcommand_ && takes_options_behind(argument)) continue;
        first_word(argument);
        break;
      }
      if (argument == "--") {
        ++next_;
        take_words();
        break;
      }
      if (subcommand_ && (argument == "-h" || argument == "--help")) {
        invocation_.words.push_back(argument);  // its own
        break;
      }
      one_option();
      if (invocation_.command && !subcommand_) break;  // --help, --version: the rest is no matter
    }
    return std::move(invocation_);
  }

 private:
  void take_words() {
    invocation_.words.insert(invocation_.words.end(),
                             arguments_.begin() + static_cast<std::ptrdiff_t>(next_),
                             arguments_.end());
  }

  /// `vm exec`: then options go on.
  bool takes_options_behind(const std::string& word) {
    const Command* const command = find_command(word);
    if (command == nullptr || next_ + 1 == arguments_.size()) return false;
    const std::string& next = arguments_[next_ + 1];
    const auto& names = command->with_options;
    if (std::find(names.begin(), names.end(), next) == names.end()) return false;
    invocation_.command = word;
    invocation_.words = {next};
    subcommand_ = true;
    next_ += 2;
    return true;
  }

  void first_word(const std::string& word) {
    if (!subcommand_ && find_command(word) != nullptr) {
      invocation_.command = word;
      ++next_;
    }
    take_words();
    if (invocation_.command == "openzfs") take_architecture();
  }

  /// Of `openzfs [COMMAND] -a ARCH …`: as if it stood before the command, since which settings the
  /// project remembers depends on it.
  void take_architecture() {
    std::vector<std::string>& words = invocation_.words;
    auto word = words.begin();
    if (word != words.end() && !word->starts_with('-')) ++word;
    if (word == words.end() || !(word->starts_with("-a") || word->starts_with("--architecture"))) {
      return;
    }
    const std::vector<std::string> from(word, words.end());
    Parser flag(from);
    flag.one_option();
    words.erase(word, word + static_cast<std::ptrdiff_t>(flag.next_));
    for (auto& assignment : flag.invocation_.flags) {
      invocation_.flags.push_back(std::move(assignment));
    }
  }

  void one_option() {
    const std::string& argument = arguments_[next_++];
    if (argument[1] == '-') {
      long_option(argument);
    } else {
      short_options(argument);
    }
  }

  void long_option(std::string_view argument) {
    const std::size_t equals = argument.find('=');
    const std::string spelt(argument.substr(0, equals));
    const config::Option* const option = config::find_long_flag(spelt.substr(2));
    if (option == nullptr) refuse_long(spelt);
    if (equals != std::string_view::npos) {
      if (!option->command.empty()) {
        throw base::Error(fmt::format("option {} takes no value", spelt), kSeeHelp);
      }
      assign(*option, argument.substr(equals + 1), spelt);
    } else {
      without_value(*option, spelt);
    }
  }

  /// -v, -qv, -m512, -qm512, -m 512
  void short_options(std::string_view argument) {
    for (std::size_t i = 1; i < argument.size() && (!invocation_.command || subcommand_); ++i) {
      const config::Option* const option = config::find_short_flag(argument[i]);
      const std::string spelt{'-', argument[i]};
      if (option == nullptr) {
        throw base::Error(argument.size() == 2
                              ? fmt::format("unknown option '{}'", spelt)
                              : fmt::format("unknown option '{}' in '{}'", spelt, argument),
                          kSeeHelp);
      }
      if (option->takes_argument() && i + 1 < argument.size()) {
        assign(*option, argument.substr(i + 1), spelt);
        return;
      }
      without_value(*option, spelt);
    }
  }

  /// The option stands alone in its argument: its value follows, or it is a switch.
  void without_value(const config::Option& option, const std::string& spelt) {
    if (!option.command.empty()) {
      invocation_.command = option.command;
    } else if (!option.takes_argument()) {
      assign(option, option.bare, spelt);
    } else if (next_ < arguments_.size()) {
      assign(option, arguments_[next_++], spelt);
    } else {
      throw base::Error(fmt::format("option {} needs a value: {}", spelt, option.argument),
                        kSeeHelp);
    }
  }

  void assign(const config::Option& option, std::string_view text, const std::string& spelt) {
    invocation_.flags.push_back({&option, std::string(text), {config::Source::kFlag, spelt}});
  }

  [[noreturn]] static void refuse_long(const std::string& spelt) {
    std::string key = spelt.substr(2);
    std::replace(key.begin(), key.end(), '-', '_');
    std::vector<std::string> known;
    for (const config::Option& option : config::options()) {
      if (!option.long_flag.empty()) known.push_back(fmt::format("--{}", option.long_flag));
    }
    std::optional<std::string> near = base::nearest(spelt, known);
    // A setting's name in the files may differ from its option's: accelerator, --accel.
    if (const config::Option* const same = config::find_key(key)) {
      near = fmt::format("--{}", same->long_flag);
    }
    throw base::Error(fmt::format("unknown option '{}'", spelt),
                      near ? fmt::format("did you mean '{}'?", *near) : kSeeHelp);
  }

  const std::vector<std::string>& arguments_;
  std::size_t next_ = 0;
  bool subcommand_ = false;  // what comes stands behind one that takes options
  Invocation invocation_;
};

}  // namespace

Invocation parse_command_line(const std::vector<std::string>& arguments) {
  return Parser(arguments).parse();
}

}  // namespace quiz::cli
