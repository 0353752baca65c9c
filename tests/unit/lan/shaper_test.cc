#include "lan/shaper.h"

#include <gtest/gtest.h>

namespace quiz::lan {
namespace {

using namespace std::chrono_literals;

const Shaper::Clock::time_point kStart{};

TEST(Shaper, LetsFramesPassAtOnceInOrder) {
  Shaper shaper(1);
  EXPECT_EQ(shaper.until_next(kStart), -1);
  shaper.add("a", kStart);
  shaper.add("b", kStart);
  EXPECT_EQ(shaper.take(kStart), "a");
  EXPECT_EQ(shaper.take(kStart), "b");
  EXPECT_EQ(shaper.take(kStart), std::nullopt);
}

TEST(Shaper, DelaysAndNeverLetsOneOvertakeAnother) {
  Shaper shaper(1);
  shaper.set({.delay_ms = 50});
  shaper.add("late", kStart);
  EXPECT_EQ(shaper.take(kStart + 49ms), std::nullopt);
  EXPECT_EQ(shaper.until_next(kStart + 20ms), 30);
  shaper.set({.delay_ms = 0});
  shaper.add("behind", kStart + 10ms);
  EXPECT_EQ(shaper.take(kStart + 10ms), std::nullopt);
  EXPECT_EQ(shaper.take(kStart + 50ms), "late");
  EXPECT_EQ(shaper.take(kStart + 50ms), "behind");
}

TEST(Shaper, LosesAsManyAsItIsTold) {
  Shaper shaper(1);
  const auto passed = [&] {
    int count = 0;
    for (int i = 0; i < 2000; ++i) {
      shaper.add("x", kStart);
      count += shaper.take(kStart) ? 1 : 0;
    }
    return count;
  };
  EXPECT_EQ(passed(), 2000);
  shaper.set({.loss = 100});
  EXPECT_NEAR(passed(), 1800, 100);
  shaper.set({.loss = 1000});
  EXPECT_EQ(passed(), 0);
}

TEST(Shaper, ChangesOnlyWhatIsNamed) {
  Shaper shaper(1);
  shaper.set({.down = true, .delay_ms = 5});
  shaper.add("lost", kStart);
  shaper.set({.down = false});
  EXPECT_EQ(shaper.take(kStart + 1s), std::nullopt);
  shaper.add("late", kStart);
  EXPECT_EQ(shaper.until_next(kStart), 5);
  shaper.set({.down = true});
  EXPECT_EQ(shaper.take(kStart + 1s), std::nullopt) << "what was on its way when it went down";
}

TEST(Shaper, HoldsNoMoreThanItMay) {
  Shaper shaper(1);
  shaper.set({.delay_ms = 1000});
  for (int i = 0; i < 100'000; ++i) shaper.add("x", kStart);
  int held = 0;
  while (shaper.take(kStart + 2s)) ++held;
  EXPECT_LT(held, 10'000);
}

}  // namespace
}  // namespace quiz::lan
