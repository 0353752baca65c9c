// Without a host on the wire (a command line of --dry-run that was pasted): a shell on the console.
#pragma once

#include <string>

namespace quiz::init {

/// Builds `/` from the host's or the root image, runs a shell on the console, and switches off when
/// it ends.
[[noreturn]] void run_console_shell(const std::string& kernel_command_line);

}  // namespace quiz::init
