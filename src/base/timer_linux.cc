#include <sys/timerfd.h>

#include "base/error.h"
#include "base/timer.h"

namespace quiz::base {

Fd repeating_timer(std::chrono::milliseconds interval) {
  Fd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(interval);
  const timespec step = {seconds.count(), (interval - seconds).count() * 1'000'000};
  const itimerspec setting = {step, step};
  if (!timer || ::timerfd_settime(timer.get(), 0, &setting, nullptr) != 0) {
    throw SystemError("cannot make a timer");
  }
  return timer;
}

}  // namespace quiz::base
