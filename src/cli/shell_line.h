// Commands as people may paste them into a shell.
#pragma once

#include <string>
#include <vector>

namespace quiz::cli {

/// The words with spaces between them, quoted for POSIX shells where they must be. Pure.
std::string shell_line(const std::vector<std::string>& words);

}  // namespace quiz::cli
