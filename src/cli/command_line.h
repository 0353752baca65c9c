// Takes quiz's own command line apart. It finds where the words of the program begin and parses
// only what stands before: the program's words are never looked at and reach it byte for byte.
// Which options there are is config/schema.h's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/schema.h"

namespace quiz::cli {

struct Invocation {
  std::vector<config::Assignment> flags;  ///< the options before the first word, in their order
  /// A command of quiz ("kernel"; "help" and "version" also for the options of that name), or
  /// nullopt: a program.
  std::optional<std::string> command;
  /// What follows the command; or the program and its arguments, empty for a shell.
  std::vector<std::string> words;
};

/// `arguments` is argv without argv[0]. The first word that is no option decides: a command of
/// quiz, unless "--" came before it (a name with a slash is never a command's). Throws Error for an
/// unknown option, with the nearest one, and for a missing value; values themselves are checked
/// when the layers are merged.
Invocation parse_command_line(const std::vector<std::string>& arguments);

}  // namespace quiz::cli
