#include "relay/timers.h"

#include <gtest/gtest.h>

namespace quiz::relay {
namespace {

using namespace std::chrono_literals;

TEST(Timers, WaitForeverWhenNoneIsSet) {
  Timers timers;
  EXPECT_EQ(timers.until_next(), -1);
  EXPECT_EQ(timers.take_expired(), std::nullopt);
}

TEST(Timers, YieldEachExpiredOneOnce) {
  Timers timers;
  timers.set(Timer::ping, -1ms);
  timers.set(Timer::step, -2ms);
  timers.set(Timer::program, 1h);
  EXPECT_EQ(timers.until_next(), 0);
  EXPECT_EQ(timers.take_expired(), Timer::step);
  EXPECT_EQ(timers.take_expired(), Timer::ping);
  EXPECT_EQ(timers.take_expired(), std::nullopt);
  EXPECT_FALSE(timers.is_set(Timer::ping));
  EXPECT_TRUE(timers.is_set(Timer::program));
}

TEST(Timers, NeverYieldOneThatWasCleared) {
  Timers timers;
  timers.set(Timer::obey, -1ms);
  timers.clear(Timer::obey);
  EXPECT_EQ(timers.take_expired(), std::nullopt);
  EXPECT_EQ(timers.until_next(), -1);
}

TEST(Timers, WaitForTheNearest) {
  Timers timers;
  timers.set(Timer::step, 50min);
  timers.set(Timer::last_words, 10min);
  EXPECT_GT(timers.until_next(), 0);
  EXPECT_LE(timers.until_next(), 600'000);
}

// poll takes milliseconds: rounded down, the last of them would be spent spinning.
TEST(Timers, RoundUpAndNeverToNothing) {
  Timers timers;
  timers.set(Timer::report, 1h);
  EXPECT_EQ(timers.until_next(), 3'600'000);
  timers.set(Timer::report, 1000h);
  EXPECT_EQ(timers.until_next(), 3'600'000) << "poll takes an int";
}

TEST(Timers, StandStillWhileQuizIsSuspended) {
  Timers timers;
  timers.set(Timer::program, -1ms);
  timers.shift(1h);
  EXPECT_EQ(timers.take_expired(), std::nullopt);
  EXPECT_GT(timers.until_next(), 0);
  EXPECT_FALSE(timers.is_set(Timer::step)) << "what was not set stays so";
}

}  // namespace
}  // namespace quiz::relay
