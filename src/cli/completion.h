// The scripts that let bash and zsh complete quiz's command line, made from the settings' schema
// and the commands' table. After the program's name they leave completion to the program's own.
#pragma once

#include <string>
#include <vector>

namespace quiz::cli {

/// `words` is what follows "completion": "bash" or "zsh". Throws Error for anything else.
std::string completion_script(const std::vector<std::string>& words);

}  // namespace quiz::cli
