// What the files of `quiz openzfs` share: command_openzfs.cc has the build, command_openzfs_test.cc
// the tests, command_openzfs_crash.cc what is done after a panic.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "openzfs/checkout.h"

namespace quiz::cli {

/// `quiz openzfs test|ztest|raidz_test`: what follows `command`.
int openzfs_test(const Context& context, const openzfs::Checkout& checkout,
                 const std::string& command, const std::vector<std::string>& words);

int openzfs_crash(const Context& context, const openzfs::Checkout& checkout,
                  const std::vector<std::string>& words);

}  // namespace quiz::cli
