// The few deadlines of a run, by name.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

namespace quiz::relay {

using Clock = std::chrono::steady_clock;

enum class Timer {
  step,        ///< the step of the run's course must be done
  program,     ///< --timeout
  ping,        ///< an answer is due
  obey,        ///< the program must have ended after SIGTERM or SIGHUP
  last_words,  ///< a panicked or halted guest must have ended
  report,      ///< the next look at the time-out's report
  output,      ///< the next look at what the guest has put into the writable directory
};
inline constexpr std::size_t kTimers = 7;

class Timers {
 public:
  void set(Timer timer, std::chrono::milliseconds from_now) { at(timer) = Clock::now() + from_now; }
  void clear(Timer timer) { at(timer).reset(); }
  bool is_set(Timer timer) { return at(timer).has_value(); }

  /// A timer that has expired, which is cleared by this.
  std::optional<Timer> take_expired() {
    const auto now = Clock::now();
    for (std::size_t i = 0; i < kTimers; ++i) {
      if (!deadlines_[i] || *deadlines_[i] > now) continue;
      deadlines_[i].reset();
      return static_cast<Timer>(i);
    }
    return std::nullopt;
  }

  /// Milliseconds until the next one, rounded up, for poll; -1 if there is none.
  int until_next() const {
    std::optional<Clock::time_point> next;
    for (const auto& deadline : deadlines_) {
      if (deadline && (!next || *deadline < *next)) next = deadline;
    }
    if (!next) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - Clock::now()).count();
    constexpr long long kHour = 3'600'000;
    return static_cast<int>(std::clamp<long long>(left, 0, kHour));
  }

  /// Moves all by the time that quiz was suspended.
  void shift(Clock::duration duration) {
    for (auto& deadline : deadlines_) {
      if (deadline) *deadline += duration;
    }
  }

 private:
  std::optional<Clock::time_point>& at(Timer timer) {
    return deadlines_[static_cast<std::size_t>(timer)];
  }
  std::array<std::optional<Clock::time_point>, kTimers> deadlines_;
};

}  // namespace quiz::relay
