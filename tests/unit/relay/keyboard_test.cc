#include "relay/keyboard.h"

#include <gtest/gtest.h>

namespace quiz::relay {
namespace {

using namespace std::string_literals;

TEST(Keyboard, PassesEverythingThatIsNotItsOwn) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  std::erase(all, '\x1d');
  Keyboard keyboard;
  const auto typed = keyboard.type(all);
  EXPECT_EQ(typed.for_program, all);
  EXPECT_FALSE(typed.kill || typed.suspend);
}

TEST(Keyboard, CountsEachCtrlCAndPassesItOn) {
  Keyboard keyboard;
  const auto typed = keyboard.type(
      "a\x03"
      "b\x03");
  EXPECT_EQ(typed.interrupts, 2);
  EXPECT_EQ(typed.for_program,
            "a\x03"
            "b\x03");
}

TEST(Keyboard, KillsAndSuspendsOnItsCommandsAndKeepsThemFromTheProgram) {
  EXPECT_TRUE(Keyboard().type("\x1d.").kill);
  EXPECT_EQ(Keyboard().type("\x1d.").for_program, "");
  EXPECT_TRUE(Keyboard().type("\x1d\x1a").suspend);
  EXPECT_EQ(Keyboard().type("x\x1d\x1ay").for_program, "xy");
}

TEST(Keyboard, RemembersTheCommandKeyFromOneReadToTheNext) {
  Keyboard keyboard;
  EXPECT_EQ(keyboard.type("\x1d").for_program, "");
  const auto typed = keyboard.type(".");
  EXPECT_TRUE(typed.kill);
  EXPECT_EQ(typed.for_program, "");
  EXPECT_FALSE(keyboard.type(".").kill) << "a command key counts for one key";
}

TEST(Keyboard, PassesTheCommandKeyOnWhenTypedTwiceOrBeforeAnotherKey) {
  EXPECT_EQ(Keyboard().type("\x1d\x1d").for_program, "\x1d");
  EXPECT_EQ(Keyboard().type("\x1d\x1d.").for_program, "\x1d.");
  EXPECT_FALSE(Keyboard().type("\x1d\x1d.").kill);
  EXPECT_EQ(Keyboard().type("\x1dx").for_program, "\x1dx");
}

TEST(Keyboard, DetachesOnlyWhereThatIsPossible) {
  EXPECT_EQ(Keyboard()
                .type("\x1d"
                      "d")
                .for_program,
            "\x1d"
            "d");
  Keyboard keyboard;
  keyboard.allow_detach();
  const auto typed = keyboard.type(
      "x\x1d"
      "dy");
  EXPECT_TRUE(typed.detach);
  EXPECT_EQ(typed.for_program, "xy");
}

TEST(Keyboard, NeitherKillsNorSuspendsWithoutTheCommandKey) {
  const auto typed = Keyboard().type(".\x1a\x03");
  EXPECT_FALSE(typed.kill || typed.suspend);
  EXPECT_EQ(typed.for_program, ".\x1a\x03");
}

// vim asks for Ctrl-C behind Ctrl-] too: it is the program's.
TEST(Keyboard, PassesCtrlCBehindTheCommandKey) {
  EXPECT_EQ(Keyboard().type("\x1d\x03").for_program, "\x1d\x03");
}

}  // namespace
}  // namespace quiz::relay
