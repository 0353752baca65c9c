#include "base/printable.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace quiz::base {
namespace {

using namespace std::string_literals;

TEST(Printable, LeavesWhatPeopleWriteAsItIs) {
  for (const char* text : {"", "plain", "a\tb\nc", "Grüße, Łódź, 日本, 🙂", "~\x7e \u00a0"}) {
    EXPECT_EQ(printable(text, Characters::utf8), text);
  }
}

TEST(Printable, LetsNoControlCharacterThrough) {
  EXPECT_EQ(printable("a\x1b[2J\rb\x7f\0"s, Characters::utf8), "a\\x1b[2J\\x0db\\x7f\\x00");
  for (int byte = 0; byte < 0x20; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    const bool stays = text == "\n" || text == "\t";
    EXPECT_EQ(printable(text, Characters::utf8).size(), stays ? 1U : 4U) << byte;
  }
}

// On many terminals 0x9b alone is ESC [, and so is U+009B in UTF-8.
TEST(Printable, LetsNoControlCharacterOfTheUpperHalfThrough) {
  for (unsigned code = 0x80; code < 0xa0; ++code) {
    const std::string byte(1, static_cast<char>(code));
    EXPECT_EQ(printable(byte, Characters::utf8).size(), 4U) << code;
    EXPECT_EQ(printable("\xc2" + byte, Characters::utf8).size(), 8U) << code;
  }
}

TEST(Printable, LetsNothingThroughThatIsNoUtf8) {
  for (const char* text : {"\xff", "\xc3", "\xc3(", "\xe2\x82", "\xc0\x9b", "\xe0\x82\x9b",
                           "\xf0\x80\x82\x9b", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88"}) {
    const std::string shown = printable(text, Characters::utf8);
    for (const char c : shown) EXPECT_TRUE(c >= ' ' && c < 0x7f) << shown;
  }
}

TEST(Printable, LetsNoTextReadOtherwiseThanItIs) {
  EXPECT_EQ(printable("a\u202eb\u2066c", Characters::utf8), "a\\xe2\\x80\\xaeb\\xe2\\x81\\xa6c");
}

TEST(Printable, ShowsNoCharacterThatTheTerminalWouldNotKnow) {
  EXPECT_EQ(printable("Û\t!", Characters::ascii), "\\xc3\\x9b\t!") << "its second byte is a C1";
  const auto by = [](const char* all, const char* type, const char* language) {
    ::setenv("LC_ALL", all, 1);
    ::setenv("LC_CTYPE", type, 1);
    ::setenv("LANG", language, 1);
    return terminal_characters();
  };
  EXPECT_EQ(by("", "", ""), Characters::utf8);
  EXPECT_EQ(by("C", "", "de_DE.ISO-8859-1"), Characters::utf8);
  EXPECT_EQ(by("", "", "C.UTF-8"), Characters::utf8);
  EXPECT_EQ(by("", "", "en_US.utf8"), Characters::utf8);
  EXPECT_EQ(by("", "", "de_DE.ISO-8859-1"), Characters::ascii);
  EXPECT_EQ(by("", "ru_RU.KOI8-R", "C.UTF-8"), Characters::ascii);
}

TEST(PrintableLine, IsOneLineOfAscii) {
  EXPECT_EQ(printable_line("a\tb\nc\x1b[2J\x9b\xc3\xbc"), "a\tb\\x0ac\\x1b[2J\\x9b\\xc3\\xbc");
  EXPECT_EQ(printable_lines("one\n\x07two\n\nthree"), "one\n\\x07two\n\nthree\n");
}

TEST(PrintableLine, IsNeverLong) {
  EXPECT_EQ(printable_line(std::string(10, 'x'), 10), std::string(10, 'x'));
  EXPECT_EQ(printable_line(std::string(11, 'x'), 10), "xxxxxxx...");
  EXPECT_EQ(printable_line(std::string(1 << 20, '\x1b')).size(), kLongestLine);
}

}  // namespace
}  // namespace quiz::base
