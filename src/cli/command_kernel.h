// What the files of `quiz kernel` share: command_kernel.cc has the commands on the store,
// command_kernel_build.cc those that build.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/subcommand.h"
#include "kernel/store.h"

namespace quiz::cli {

/// Removes the builds that newer ones have superseded, and says which (or with `dry_run` only
/// that). Returns how many.
std::size_t remove_outdated(const Context& context, kernel::Store& store, bool dry_run = false);

int kernel_build(const Context& context, const std::vector<std::string>& words);
int kernel_config(const Context& context, const std::vector<std::string>& words);

}  // namespace quiz::cli
