// What commands with commands of their own share (`quiz kernel list`, `quiz root list`): the
// parsing of their words, and how they show what a store has.
#pragma once

#include <CLI/CLI.hpp>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace quiz::cli {

/// Parses what follows a subcommand. Returns false when help was asked for and printed.
bool parse_words(CLI::App& app, const std::vector<std::string>& words);

/// "31 MB", "1.2 GB".
std::string readable_size(std::uint64_t bytes);

using Row = std::array<std::string, 5>;

/// In columns, a line for each row.
std::string table(const std::vector<Row>& rows);

}  // namespace quiz::cli
