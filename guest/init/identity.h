// What makes this guest this one: host name, clock, entropy, loopback.
#pragma once

#include "wire/messages.h"

namespace quiz::init {

/// Best effort: what fails is reported and the run goes on.
void take_identity(const wire::Setup& setup);

}  // namespace quiz::init
