// From the settings to a run's request: what `quiz PROGRAM` does and what `quiz layers` looks at.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/run_report.h"
#include "run/run.h"

namespace quiz::cli {

/// Finds the kernel (fetches Debian's if there is none), the root and the layers. Throws
/// base::Error.
run::Request make_request(const Context& context, const std::vector<std::string>& words);

/// Tells the end of a run on stderr, as far as there is something to say.
RunReport show_end(const run::Request& request, const run::Result& result, bool quiet);

/// --dry-run: how the run's machine would be started, as a line for a shell. Returns 0.
int print_invocation(const Context& context, const run::Request& request,
                     const machine::Monitor& monitor);

struct RunEnd {
  int status = 0;  ///< what quiz exits with
  machine::Outcome outcome;
};

/// One run, its ending told as command_run does; not a dry one. Throws base::Error when quiz cannot
/// do its part.
RunEnd run_and_report(const Context& context, const std::vector<std::string>& words);

}  // namespace quiz::cli
