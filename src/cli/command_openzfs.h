// What the files of `quiz openzfs` share: command_openzfs.cc has the build, command_openzfs_test.cc
// the tests, command_openzfs_crash.cc what is done after a panic.
#pragma once

#include <filesystem>
#include <optional>
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

/// After a run that panicked or oopsed in an OpenZFS checkout: keeps the kernel's last words there,
/// for `quiz openzfs crash`. Elsewhere nothing is kept. Returns what to tell the user, or nothing.
std::string keep_crash(const std::filesystem::path& directory,
                       const std::vector<std::string>& last_words);

/// What that kept last; nullopt: nothing, or in a checkout that is not the caller's alone.
std::optional<std::string> kept_crash(const openzfs::Checkout& checkout);

/// "20261123-045300", local time: the name of a directory of results.
std::string time_stamp();

}  // namespace quiz::cli
