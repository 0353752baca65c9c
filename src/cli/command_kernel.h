// What the files of `quiz kernel` share: command_kernel.cc has the commands on the store,
// command_kernel_build.cc those that build.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/command.h"
#include "kernel/store.h"

namespace quiz::cli {

/// Parses what follows a subcommand. Returns false when help was asked for and printed.
bool parse_words(CLI::App& app, const std::vector<std::string>& words);

/// "31 MB", "1.2 GB".
std::string readable_size(std::uint64_t bytes);

/// Removes the builds that newer ones have superseded, and says which (or with `dry_run` only
/// that). Returns how many.
std::size_t remove_outdated(const Context& context, kernel::Store& store, bool dry_run = false);

int kernel_build(const Context& context, const std::vector<std::string>& words);
int kernel_config(const Context& context, const std::vector<std::string>& words);

}  // namespace quiz::cli
