// Which instructions a program may use on the host and not in the machine. The report of a run
// that ended by SIGILL asks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace quiz::run {

/// The features of `host` that `guest` lacks, in the host's order; both as base::cpu_features()
/// has them, with blanks between. Only those that programs have instructions of.
std::vector<std::string> missing_instructions(std::string_view host, std::string_view guest);

}  // namespace quiz::run
