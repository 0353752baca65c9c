// What makes this guest this one: host name, clock, entropy; and the loopback interface.
#pragma once

#include "wire/messages.h"

namespace quiz::init {

/// The part that needs no host. Best effort.
void bring_up_loopback();

/// Best effort: what fails is reported and the run goes on.
void take_identity(const wire::Setup& setup);

}  // namespace quiz::init
