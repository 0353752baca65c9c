// Those who come to a running machine from outside its run: `quiz vm …`, through the socket of the
// instance (src/live). The relay polls them, and gives them what they ask for by Visited: sessions
// beside the user's program, and the end of the machine.
#pragma once

#include <functional>
#include <optional>

#include "base/poll_set.h"
#include "relay/ends.h"
#include "relay/session.h"
#include "wire/messages.h"

namespace quiz::relay {

/// What a run is doing, for whoever looks at it from outside.
enum class RunState : std::uint8_t {
  boots = 0,  ///< until the program runs
  runs = 1,   ///< the user's program, or a shell after it
  stays = 2,  ///< there is no program, or it has ended
  ends = 3,   ///< what comes at the end: hooks, the log, what is to be written
};

/// How a session of a visitor's ended, when its output has been taken; nothing if the run was over
/// before.
using SessionEnded = std::function<void(const std::optional<wire::Exit>&)>;

/// The run, as visitors see it. The relay is one.
class Visited {
 public:
  virtual RunState state() const = 0;
  /// Starts a program beside the user's; only while the run runs() or stays. nullptr where too many
  /// run already. The session is there until `ended` has been called, which is called once.
  virtual Session* begin_session(const wire::Exec& exec, Ends ends, SessionEnded ended) = 0;
  /// Ends the run as a SIGTERM would: the program gets one, or all programs of a machine that
  /// stays, and a few seconds. `at_once`: the machine just ends.
  virtual void stop(bool at_once) = 0;

 protected:
  ~Visited() = default;
};

class Visitors {
 public:
  virtual ~Visitors() = default;
  /// Before each turn of the relay's loop: what has become possible is done, and what is waited for
  /// goes into the set. Must not block.
  virtual void watch(base::PollSet& set, Visited& visited) = 0;
};

}  // namespace quiz::relay
