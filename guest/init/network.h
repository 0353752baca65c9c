// The network cards of a run that asked for some.
#pragma once

#include <string>

#include "wire/messages.h"

namespace quiz::init {

/// Gives a card its address, and if it has a gateway the default route. False if there is none or
/// it cannot be done (errno).
bool bring_up_network(const wire::NetworkAddress& address);

/// Lets /etc/hosts have these lines behind its own, those that it had when this was first called.
void set_hosts(const std::string& lines);

}  // namespace quiz::init
