// A run as its visitors are told of it (src/live): what machine it is, and how it ended.
#pragma once

#include <string>

#include "live/protocol.h"
#include "machine/outcome.h"
#include "run/places.h"
#include "run/request.h"

namespace quiz::run {

live::Description describe_machine(const Request& request, const Places& places,
                                   const std::string& name);

live::Over over_of(const machine::Ending& ending);

}  // namespace quiz::run
