// Hands PID 1 over to another init of the guest's root.
#pragma once

#include <string>

#include "wire/messages.h"

namespace quiz::init {

/// Where the root has it; empty: nowhere.
std::string find_init_system(wire::InitSystem system);

/// Forks: PID 1 becomes that program, told to start our launcher (see launcher.h); returns in the
/// child, which goes on with the wire. Switches the machine off with a reason when that fails.
void start_init_system(wire::InitSystem system);

}  // namespace quiz::init
