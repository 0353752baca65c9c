// The texts of `quiz --help`, `quiz help TOPIC` and `quiz --version`, made from the settings'
// schema and the commands' table.
#pragma once

#include <string>
#include <vector>

namespace quiz::cli {

/// `words` is what follows "help": nothing for the overview, or one topic. Throws Error for an
/// unknown one.
std::string help_text(const std::vector<std::string>& words);
/// "quiz 0.1.0\n"
std::string version_text();

}  // namespace quiz::cli
