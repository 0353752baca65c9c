#include "wire/terminal_modes.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace quiz::wire {
namespace {

termios settings_of_a_person() {
  termios settings = {};
  settings.c_iflag = ICRNL | IUTF8;
  settings.c_oflag = OPOST | ONLCR;
  settings.c_lflag = ISIG | ICANON | ECHO | ECHOE;
  settings.c_cc[VINTR] = 3;
  settings.c_cc[VERASE] = 8;
  settings.c_cc[VSUSP] = _POSIX_VDISABLE;
  return settings;
}

TEST(TerminalModes, AreTheSameOnTheOtherSide) {
  termios there = {};
  there.c_iflag = IXON;
  there.c_cc[VERASE] = 127;
  there.c_cc[VSUSP] = 26;
  set_terminal_modes(terminal_modes(settings_of_a_person()), there);
  const termios here = settings_of_a_person();
  EXPECT_EQ(there.c_iflag, here.c_iflag);
  EXPECT_EQ(there.c_oflag, here.c_oflag);
  EXPECT_EQ(there.c_lflag, here.c_lflag);
  EXPECT_EQ(there.c_cc[VINTR], 3);
  EXPECT_EQ(there.c_cc[VERASE], 8);
  EXPECT_EQ(there.c_cc[VSUSP], _POSIX_VDISABLE);
}

TEST(TerminalModes, LeaveWhatTheyDoNotName) {
  termios settings = settings_of_a_person();
  settings.c_cflag = CS8 | CREAD;
  settings.c_cc[VMIN] = 1;
  set_terminal_modes({{3, 127}}, settings);
  EXPECT_EQ(settings.c_cc[VERASE], 127);
  EXPECT_EQ(settings.c_cc[VMIN], 1);
  EXPECT_EQ(settings.c_cflag, tcflag_t{CS8 | CREAD});
  EXPECT_EQ(settings.c_lflag, settings_of_a_person().c_lflag);
}

TEST(TerminalModes, ThatAreNoneChangeNothing) {
  termios settings = settings_of_a_person();
  set_terminal_modes({{0, 1}, {255, 7}, {129, 38400}, {3, 256}, {3, 0xffff'ffff}}, settings);
  EXPECT_EQ(settings.c_cc[VERASE], 8);
  EXPECT_EQ(settings.c_iflag, settings_of_a_person().c_iflag);
  EXPECT_EQ(settings.c_cflag, 0U);
}

}  // namespace
}  // namespace quiz::wire
