// Which of the program's streams is a terminal, a pipe of its own, or closed: decided from what
// quiz's own streams are.
#pragma once

#include <array>
#include <optional>

#include "wire/messages.h"

namespace quiz::relay {

struct StreamPlan {
  std::array<wire::StreamKind, wire::kStreams> kinds{};
  bool uses_pty = false;
  /// The caller's terminal is put into raw mode: what is typed goes to the program's pty.
  bool raw_input = false;
};

/// `open[i]`: descriptor i was open when quiz was started. `eager`: stdin is read before the
/// program asks for it, also where what was read cannot be put back. `pty`: whether the program
/// gets a terminal; nullopt: if stdout is one. Looks at descriptors 0 to 2.
StreamPlan plan_streams(const std::array<bool, 3>& open, std::optional<bool> pty,
                        bool eager = false);

}  // namespace quiz::relay
