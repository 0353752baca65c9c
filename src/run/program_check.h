// Are the programs there that a run's profiles need? Asked before anything is started, of the files
// that the guest will see: those of its root and of the layers over it.
#pragma once

#include "run/request.h"

namespace quiz::run {

/// Throws base::Error for the first program that is nowhere, with the way to get it. Of an image
/// whose files nobody listed nothing can be told: that is left to the hooks.
void check_programs(const Request& request);

}  // namespace quiz::run
