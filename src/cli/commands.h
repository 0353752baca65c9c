// quiz's own commands, one row each: for finding where a program begins, for calling what does it,
// for help and for completion. A name must not be that of a program people run
// (tests/unit/cli/command_names_test.cc).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace quiz::cli {

/// The exit status; throws base::Error.
using CommandFunction = int (*)(const Context& context, const std::vector<std::string>& words);

struct Command {
  std::string_view name;
  std::string_view words;                         ///< what may follow, for the synopsis
  std::string_view help;                          ///< one line, no full stop
  std::span<const std::string_view> completions;  ///< see completions_of
  std::string_view details;                       ///< `quiz help NAME`
  CommandFunction run = nullptr;  ///< null: main answers, without settings and files
  bool has_subcommands = false;   ///< each of which answers --help itself
  /// Subcommands behind which a run's options may stand, too (`quiz vm exec --user NAME`).
  std::span<const std::string_view> with_options{};
};

std::span<const Command> commands();
/// The first words that a shell offers after it.
std::vector<std::string_view> completions_of(const Command& command);
/// nullptr if it is no command of quiz.
const Command* find_command(std::string_view name);

}  // namespace quiz::cli
