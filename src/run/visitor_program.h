// A program in a machine that runs already (`quiz vm exec`), from the settings and from what that
// machine says of itself.
#pragma once

#include <string>
#include <vector>

#include "base/paths.h"
#include "config/settings.h"
#include "live/protocol.h"
#include "relay/streams.h"
#include "run/resolve.h"
#include "wire/messages.h"

namespace quiz::run {

struct VisitorProgram {
  wire::Exec exec;
  relay::StreamPlan streams;
};

/// As the program of a run would be: `words` empty is a shell. Throws base::Error, also for what a
/// project asks for and has not been allowed.
VisitorProgram make_visitor_program(const config::Settings& settings, const base::Paths& paths,
                                    const Caller& caller, const std::vector<std::string>& words,
                                    const live::Description& machine);

}  // namespace quiz::run
