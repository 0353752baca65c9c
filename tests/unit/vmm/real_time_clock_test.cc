#include "vmm/real_time_clock.h"

#include <gtest/gtest.h>

namespace quiz::vmm {
namespace {

constexpr std::uint64_t kMib = 1 << 20;

class RealTimeClockTest : public testing::Test {
 protected:
  unsigned at(unsigned index, RealTimeClock& clock) {
    clock.write(0, static_cast<std::uint8_t>(index));
    return clock.read(1);
  }
  unsigned at(unsigned index) { return at(index, clock_); }

  timespec now_{951827696, 0};  // 2000-02-29 12:34:56, a Tuesday
  RealTimeClock clock_{64 * kMib, 64 * kMib, [this] { return now_; }};
};

TEST_F(RealTimeClockTest, TellsTheTimeInUtcAsDecimalDigits) {
  EXPECT_EQ(at(0), 0x56u);
  EXPECT_EQ(at(2), 0x34u);
  EXPECT_EQ(at(4), 0x12u);
  EXPECT_EQ(at(6), 3u);
  EXPECT_EQ(at(7), 0x29u);
  EXPECT_EQ(at(8), 0x02u);
  EXPECT_EQ(at(9), 0x00u);
  EXPECT_EQ(at(0x32), 0x20u);
  EXPECT_EQ(at(0x0B), 0x02u);
  EXPECT_EQ(at(0x0D), 0x80u);
}

TEST_F(RealTimeClockTest, AnnouncesAnUpdateBeforeASecondBegins) {
  EXPECT_EQ(at(0x0A), 0x26u);
  now_.tv_nsec = 999'800'000;
  EXPECT_EQ(at(0x0A), 0xA6u);
}

TEST_F(RealTimeClockTest, TheTimeIsNotTheGuestsToSet) {
  clock_.write(0, 0);
  clock_.write(1, 0x11);
  EXPECT_EQ(at(0), 0x56u);
}

TEST_F(RealTimeClockTest, ItsMemoryIsKept) {
  clock_.write(0, 0x0F);
  clock_.write(1, 0x0A);
  EXPECT_EQ(at(0x0F), 0x0Au);
  clock_.write(0, 0xFF);  // the highest bit is no part of the index
  clock_.write(1, 0x77);
  EXPECT_EQ(at(0x7F), 0x77u);
}

TEST_F(RealTimeClockTest, TellsTheMemory) {
  EXPECT_EQ(at(0x15) | at(0x16) << 8, 640u);
  EXPECT_EQ(at(0x17) | at(0x18) << 8, 63u << 10);
  EXPECT_EQ(at(0x34) | at(0x35) << 8, 48u * 16);
  EXPECT_EQ(at(0x5B) | at(0x5C) << 8 | at(0x5D) << 16, 0u);
  RealTimeClock large(3072 * kMib, 8192 * kMib, [this] { return now_; });
  EXPECT_EQ(at(0x34, large) | at(0x35, large) << 8, 3056u * 16);
  EXPECT_EQ(at(0x5B, large) | at(0x5C, large) << 8 | at(0x5D, large) << 16, 5120u * 16);
  RealTimeClock small(2 * kMib, 2 * kMib, [this] { return now_; });
  EXPECT_EQ(at(0x17, small) | at(0x18, small) << 8, 1024u);
  EXPECT_EQ(at(0x34, small), 0u);
}

}  // namespace
}  // namespace quiz::vmm
