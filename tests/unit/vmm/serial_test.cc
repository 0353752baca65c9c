#include "vmm/serial.h"

#include <gtest/gtest.h>

#include <string>

namespace quiz::vmm {
namespace {

enum Register : unsigned {
  kData,
  kEnable,
  kIdentification,
  kLineControl,
  kModemControl,
  kLineStatus
};

class SerialTest : public testing::Test {
 protected:
  std::string take_all() {
    std::string text;
    while ((serial_.read(kLineStatus) & 1) != 0) text += static_cast<char>(serial_.read(kData));
    return text;
  }
  void receive(std::string_view text) {
    serial_.receive(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  }

  std::string sent_;
  bool interrupt_ = false;
  int room_told_ = 0;
  Serial serial_{{[this](bool level) { interrupt_ = level; },
                  [this](std::uint8_t byte) { sent_ += static_cast<char>(byte); },
                  [this] { ++room_told_; }}};
};

TEST_F(SerialTest, WhatIsWrittenIsSent) {
  for (const char c : std::string("hello")) {
    EXPECT_EQ(serial_.read(kLineStatus), 0x60);
    serial_.write(kData, static_cast<std::uint8_t>(c));
  }
  EXPECT_EQ(sent_, "hello");
  EXPECT_FALSE(interrupt_);
}

TEST_F(SerialTest, AnEmptyTransmitterIsToldOnceForEachByte) {
  serial_.write(kEnable, 2);
  EXPECT_TRUE(interrupt_);
  EXPECT_EQ(serial_.read(kIdentification), 2);
  EXPECT_FALSE(interrupt_);
  EXPECT_EQ(serial_.read(kIdentification), 1);
  serial_.write(kData, 'x');
  EXPECT_TRUE(interrupt_);
}

TEST_F(SerialTest, ReceivedBytesInterruptUntilTheyAreRead) {
  serial_.write(kIdentification, 1);  // FIFOs
  serial_.write(kEnable, 1);
  EXPECT_EQ(serial_.room(), 16u);
  receive("ab");
  EXPECT_TRUE(interrupt_);
  EXPECT_EQ(serial_.read(kIdentification), 0xC4);
  EXPECT_EQ(serial_.room(), 14u);
  EXPECT_EQ(take_all(), "ab");
  EXPECT_FALSE(interrupt_);
  EXPECT_EQ(room_told_, 0);
}

TEST_F(SerialTest, RoomIsToldWhenThereWasNone) {
  serial_.write(kIdentification, 1);
  receive("0123456789abcdef");
  EXPECT_EQ(serial_.room(), 0u);
  EXPECT_EQ(serial_.read(kData), '0');
  EXPECT_EQ(room_told_, 1);
  EXPECT_EQ(serial_.room(), 1u);
  EXPECT_EQ(take_all(), "123456789abcdef");
  EXPECT_EQ(room_told_, 1);
}

TEST_F(SerialTest, RoomIsToldHoweverItComes) {
  receive("a");
  EXPECT_EQ(serial_.room(), 0u);
  serial_.write(kIdentification, 1);  // a larger FIFO
  EXPECT_EQ(room_told_, 1);
  receive("0123456789abcde");
  EXPECT_EQ(serial_.room(), 0u);
  serial_.write(kIdentification, 3);  // cleared
  EXPECT_EQ(room_told_, 2);
  serial_.write(kModemControl, 0x10);  // in a loop, and out of it
  serial_.write(kModemControl, 0x00);
  EXPECT_EQ(room_told_, 3);
}

TEST_F(SerialTest, WithoutFifosThereIsRoomForOne) {
  EXPECT_EQ(serial_.room(), 1u);
  receive("a");
  EXPECT_EQ(serial_.room(), 0u);
  EXPECT_EQ(serial_.read(kData), 'a');
  EXPECT_EQ(serial_.room(), 1u);
}

TEST_F(SerialTest, MoreThanThereIsRoomForIsLostAndToldAsAnOverrun) {
  serial_.write(kIdentification, 1);
  receive("0123456789abcdefgh");
  EXPECT_EQ(serial_.read(kLineStatus), 0x63);
  EXPECT_EQ(serial_.read(kLineStatus), 0x61);
  EXPECT_EQ(take_all(), "0123456789abcdef");
}

TEST_F(SerialTest, ABreakComesBeforeItsCharacterAndInterruptsAsAnError) {
  serial_.write(kIdentification, 1);
  serial_.write(kEnable, 5);
  receive("lost");
  serial_.receive_break('t');
  EXPECT_EQ(serial_.read(kIdentification), 0xC6);
  EXPECT_EQ(serial_.read(kLineStatus), 0x71);
  EXPECT_EQ(serial_.read(kIdentification), 0xC4);
  EXPECT_EQ(serial_.read(kData), 0);
  EXPECT_EQ(serial_.read(kLineStatus), 0x61);
  EXPECT_EQ(serial_.read(kData), 't');
  EXPECT_FALSE(interrupt_);
}

// As Linux looks for one (8250_port.c, autoconfig): the lines and the data come back.
TEST_F(SerialTest, ItLoopsBack) {
  serial_.write(kModemControl, 0x1A);
  EXPECT_EQ(serial_.read(6) & 0xF0, 0x90);
  serial_.write(kData, 'x');
  EXPECT_EQ(sent_, "");
  EXPECT_EQ(serial_.room(), 0u);
  EXPECT_EQ(take_all(), "x");
  serial_.write(kModemControl, 0x0B);
  EXPECT_EQ(serial_.read(6), 0xB0);
}

TEST_F(SerialTest, ItKeepsDivisorScratchAndControl) {
  serial_.write(kLineControl, 0x83);
  serial_.write(kData, 1);
  serial_.write(kEnable, 2);
  EXPECT_EQ(serial_.read(kData), 1);
  EXPECT_EQ(serial_.read(kEnable), 2);
  serial_.write(kLineControl, 0x03);
  EXPECT_EQ(serial_.read(kLineControl), 0x03);
  EXPECT_EQ(serial_.read(kEnable), 0);
  serial_.write(7, 0x5A);
  EXPECT_EQ(serial_.read(7), 0x5A);
  EXPECT_EQ(sent_, "");
}

TEST_F(SerialTest, ClearingTheFifoForgetsWhatWaits) {
  serial_.write(kIdentification, 1);
  serial_.write(kEnable, 1);
  receive("abc");
  serial_.write(kIdentification, 3);
  EXPECT_FALSE(interrupt_);
  EXPECT_EQ(take_all(), "");
}

}  // namespace
}  // namespace quiz::vmm
