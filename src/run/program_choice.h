// What of the settings concerns a program rather than its machine: where it runs, with which
// variables, at which terminal. For a run (resolve.cc) and for a program in a machine that runs
// already (visitor_program.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"

namespace quiz::run {

/// Where the program shall run. The caller's directory must exist; the guest's own /proc and /sys
/// are asked there. Throws base::Error.
std::string choose_directory(const config::Settings& settings);

/// "NAME=VALUE" of each that the settings set or pass on.
std::vector<std::string> environment_additions(const config::Settings& settings);

/// Whether the program gets a terminal; nullopt: if the caller's stdout is one.
std::optional<bool> wants_pty(config::Tty tty);

}  // namespace quiz::run
