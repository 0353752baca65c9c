// A terminal's settings in numbers that mean the same on every system: those of the protocol of
// ssh (RFC 4254, section 8; IUTF8 is RFC 8160's). The relay says by them what the caller's terminal
// is like, and init makes the program's so.
#pragma once

#include <termios.h>

#include <vector>

#include "wire/messages.h"

namespace quiz::wire {

/// What a person sets with stty: characters, and how input and output are changed and echoed.
std::vector<TerminalMode> terminal_modes(const termios& settings);

/// Changes what `modes` has and leaves the rest. Codes that are none, and values that no character
/// has, change nothing.
void set_terminal_modes(const std::vector<TerminalMode>& modes, termios& settings);

}  // namespace quiz::wire
