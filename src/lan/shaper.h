// What a link does to frames on their way: some are lost, all may be late, or none passes. The
// order stays.
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <random>
#include <string>

#include "relay/network_port.h"

namespace quiz::lan {

class Shaper {
 public:
  using Clock = std::chrono::steady_clock;
  explicit Shaper(unsigned seed = std::random_device()()) : random_(seed) {}

  void set(const relay::LinkState& state);
  bool down() const { return down_; }

  void add(std::string frame, Clock::time_point now);
  /// The next that is due.
  std::optional<std::string> take(Clock::time_point now);
  /// Milliseconds until there is one; -1: none is on its way.
  int until_next(Clock::time_point now) const;

 private:
  struct Late {
    Clock::time_point due;
    std::string frame;
  };

  std::mt19937 random_;
  bool down_ = false;
  unsigned loss_ = 0;
  std::chrono::milliseconds delay_{0};
  std::deque<Late> late_;
};

}  // namespace quiz::lan
