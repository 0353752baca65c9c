// The one loop around a child that runs: takes what it prints, obeys signals, tells how time
// passes, and keeps a time limit. What is done with lines and signals is the caller's: answers
// (run_and_capture), builds behind a log (src/build), installers, hooks. A machine's processes are
// not run by it: they have loops of their own with much more to watch.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/child.h"
#include "base/signals.h"

namespace quiz::base {

struct WatchedChild {
  /// One pipe from the child.
  struct Stream {
    std::vector<int> in_child;  ///< its numbers there: {1, 2} is stdout and stderr as they come
    std::function<void(std::string_view data)> on_data;
  };
  enum class Until {
    output_ends,  ///< nobody has the streams any more: also not what the child has left behind
    child_ends,   ///< the child has ended: then what is in the pipes is taken, and no more
  };

  SpawnOptions options;  ///< the streams' descriptors are added
  std::vector<Stream> streams{};
  Until until = Until::output_ends;
  /// Looked at before each piece of output. on_signal may kill the child, or throw: that kills it.
  SignalSource* signals = nullptr;
  std::function<void(Child& child, int signal)> on_signal{};
  /// Called after output and signals, and at least so often without.
  std::optional<std::chrono::milliseconds> interval{};
  std::function<void()> on_interval{};
  /// The child is killed then.
  std::optional<std::chrono::milliseconds> time_limit{};
};

struct WatchedEnd {
  ExitStatus status;
  bool timed_out = false;
};

/// Runs it to its end, whatever that is. Throws SystemError if it cannot be started, and what the
/// callbacks throw. Main thread only.
WatchedEnd run_watched(const WatchedChild& watched);

}  // namespace quiz::base
