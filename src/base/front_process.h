// A command whose terminal can be left while it goes on: what the shell waits for, with its job
// control, is one process, the front, and the work is another one's behind it. Until the work
// leaves it, nobody sees a difference: signals, stops, the end and its status pass through.
#pragma once

#include <sys/types.h>

#include <functional>

#include "base/fd.h"
#include "base/pipe.h"

namespace quiz::base {

/// The front, as the work has it.
class FrontProcess {
 public:
  /// Whether the keys of the terminal are the front's job's now: the work, in a session of its own,
  /// has no terminal that it could ask itself.
  bool in_foreground() const;
  /// The front ends with the status 0, and its terminal is not the work's any more: which of its
  /// standard streams are one become /dev/null, and what the caller left open beside them is
  /// closed.
  void leave();

 private:
  friend int run_behind_front(const std::function<int(FrontProcess&)>& work);
  FrontProcess(pid_t process, Fd word);

  Fd status_;  // its line in /proc
  Fd word_;
};

/// Runs `work` in a child in a session of its own, which keeps all descriptors, and returns the
/// status that it returns, or 0 when it has left. Every signal that comes here goes to it; where it
/// is stopped so is this process, what kills either kills the other. `work` must not throw. To be
/// called while there is one thread. Throws SystemError.
int run_behind_front(const std::function<int(FrontProcess&)>& work);

}  // namespace quiz::base
