// Where this machine's programs are looked for: for find_program (child.h), and for whoever has to
// say that one is not there.
#pragma once

#include <string>
#include <vector>

namespace quiz::base {

/// Those of PATH and then the usual ones, each once: cron, an emptied environment and an ordinary
/// user's PATH leave out some that every system has.
std::vector<std::string> program_directories();

}  // namespace quiz::base
