// The flags that an outer make passes to an inner one, for an inner one in a machine: by
// caller_program.h.
#pragma once

#include <string>

namespace quiz::run {

/// "NAME=VALUE" of make's flags without the outer make's job server, whose descriptors or FIFO are
/// the host's; empty if nothing else was in it. Other variables as they are. Pure.
std::string without_job_server(const std::string& variable);

}  // namespace quiz::run
