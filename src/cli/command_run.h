// From the settings to a run's request: what `quiz PROGRAM` does and what `quiz layers` looks at.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "run/run.h"

namespace quiz::cli {

/// Finds the kernel (fetches Debian's if there is none), the root and the layers. Throws
/// base::Error.
run::Request make_request(const Context& context, const std::vector<std::string>& words);

}  // namespace quiz::cli
