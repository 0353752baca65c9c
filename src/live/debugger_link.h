// gdb's remote protocol between a debugger at two descriptors and a running machine. Nothing of it
// is read here: the machine's side may be a hostile guest's QEMU, and the debugger is who believes
// it.
#pragma once

#include "live/connection.h"

namespace quiz::live {

/// From the machine's stand until either side ends: the debugger closes `in`, or takes nothing at
/// `out` any more. Blocks. Throws base::Error where the machine lets no debugger in, has ended, or
/// goes.
void link_debugger(Connection& connection, int in, int out);

}  // namespace quiz::live
