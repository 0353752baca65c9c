// Without a host on the wire (a command line of --dry-run that was pasted): a shell on the console.
#pragma once

namespace quiz::init {

/// Builds `/` from the share "base", runs a shell on the console, and switches off when it ends.
[[noreturn]] void run_console_shell();

}  // namespace quiz::init
