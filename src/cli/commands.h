// The names of quiz's own commands, for finding where a program begins, for help and for
// completion. What they do is elsewhere: main.cc calls them. A name must not be that of a program
// people run (tests/unit/cli/command_names_test.cc).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace quiz::cli {

struct Command {
  std::string_view name;
  std::string_view words;                         ///< what may follow, for the synopsis
  std::string_view help;                          ///< one line, no full stop
  std::span<const std::string_view> completions;  ///< first words that a shell offers
  std::string_view details;                       ///< `quiz help NAME`
};

std::span<const Command> commands();
/// nullptr if it is no command of quiz.
const Command* find_command(std::string_view name);

}  // namespace quiz::cli
