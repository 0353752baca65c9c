// Where sessions come from that run beside the user's program: somebody who asks for a program in
// the same machine. The relay polls it while the program runs.
#pragma once

#include <functional>
#include <optional>

#include "relay/ends.h"
#include "wire/messages.h"

namespace quiz::relay {

struct WantedSession {
  wire::Exec exec;
  Ends ends;
  /// Called once: how the program ended, when its output has been taken; nothing if the run was
  /// over before.
  std::function<void(const std::optional<wire::Exit>&)> ended;
};

class SessionSource {
 public:
  virtual ~SessionSource() = default;
  /// To poll for input; -1 while none can come.
  virtual int fd() const = 0;
  /// The next session that is wanted, if there is one. Must not block.
  virtual std::optional<WantedSession> take() = 0;
};

}  // namespace quiz::relay
