// What commands with commands of their own share (`quiz kernel list`, `quiz root list`): which of
// them is meant, and how they show what a store has. Its words are read by word_options.h.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/command.h"

namespace quiz::cli {

struct Subcommand {
  std::string name;
  std::string help;  ///< what it does, of one line
  int (*run)(const Context& context, const std::vector<std::string>& words);
};

/// Runs the one that the first of `words` names with the rest of them; `--help` lists them all.
/// Throws base::Error, with the nearest name, if there is no such one. `command`: "quiz kernel".
int run_subcommand(const Context& context, const std::string& command,
                   const std::vector<std::string>& words,
                   const std::vector<Subcommand>& subcommands);

/// "31 MB", "1.2 GB".
std::string readable_size(std::uint64_t bytes);

using Row = std::array<std::string, 5>;

/// In columns, a line for each row.
std::string table(const std::vector<Row>& rows);

}  // namespace quiz::cli
