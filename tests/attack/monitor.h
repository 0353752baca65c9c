// QEMU's side of its monitor and of the machine's wire, as far as quiz looks at them: what it takes
// to pass for a QEMU.
#pragma once

namespace quiz::attack {

/// Greets and agrees to the first command; more is not asked of a machine that runs.
void greet(int monitor);

/// Behaves like a machine that boots well and can be saved: says hello on the wire and obeys, until
/// quiz has what it takes for an image and ends the process.
void play_until_saved(int monitor, int wire);

}  // namespace quiz::attack
