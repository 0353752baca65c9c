// What the process allows itself once the guest runs: it has all that it needs by then. quiz has
// shut it in before it began (src/confinement); this is what only the process itself can know.
#pragma once

#include "vmm/control.h"

namespace quiz::vmm {

/// Of the thread that calls it: those of one that runs a CPU. Whatever else it calls kills the
/// process. Ends the process where the kernel has no such filters.
void allow_calls_of_cpu(Control& control);
/// The same, of one that serves a disk.
void allow_calls_of_disk(Control& control);
/// The same, of the thread that serves quiz, the console and the other devices.
void allow_calls_of_server(Control& control);

}  // namespace quiz::vmm
