// The one network card of a run that asked for one.
#pragma once

#include "wire/messages.h"

namespace quiz::init {

/// Gives the first card that is not the loopback its address and the default route. False if there
/// is none or it cannot be done (errno).
bool bring_up_network(const wire::NetworkAddress& address);

}  // namespace quiz::init
