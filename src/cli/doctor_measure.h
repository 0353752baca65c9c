// `quiz doctor --measure`: what a start costs on this machine, as a table to send in. Most machines
// that quiz runs on its authors have never seen.
#pragma once

#include <string>

#include "cli/command.h"

namespace quiz::cli {

/// A table in Markdown: the machine, what its page faults cost, and of `quiz --version` and `quiz
/// true`, warm and cold, the median milliseconds and page faults, those of QEMU counted in. The
/// kernel and the accelerator are those of the settings. Takes half a minute, more under emulation.
/// Throws base::Error where a run fails.
std::string measured_table(const Context& context);

}  // namespace quiz::cli
