// What one turn of a poll loop waits for: descriptors, and what to do when one of them is ready.
// Made anew for each turn, since what a loop is interested in changes with everything it does.
// Header only: the guest's init has it, too.
#pragma once

#include <poll.h>

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace quiz::base {

class PollSet {
 public:
  /// `action` is called when one of `events`, or an error or the other side's end, is there;
  /// without one the descriptor only ends the wait. A descriptor of -1 is none.
  void add(int fd, short events, std::function<void()> action = {}) {
    if (fd < 0) return;
    entries_.push_back({fd, events, 0});
    actions_.push_back(std::move(action));
  }

  /// Waits for the first of them, at most so long (-1: without end). A signal ends the wait.
  void wait(int milliseconds) {
    // Of a poll that fails nothing is to be believed.
    ready_ = ::poll(entries_.data(), entries_.size(), milliseconds) > 0;
  }

  /// Does what belongs to each that was ready, in the order in which they were added.
  void serve() {
    for (std::size_t i = 0; ready_ && i < entries_.size(); ++i) {
      if (entries_[i].revents != 0 && actions_[i]) actions_[i]();
    }
  }

 private:
  bool ready_ = false;
  std::vector<pollfd> entries_;
  std::vector<std::function<void()>> actions_;
};

}  // namespace quiz::base
