#include "base/lines.h"

#include <gtest/gtest.h>

#include "base/hexadecimal.h"

namespace quiz::base {
namespace {

using Words = std::vector<std::string>;

TEST(Lines, AreWithoutTheirNewlines) {
  EXPECT_EQ(lines_of("a\n\nb\n"), (Words{"a", "", "b"}));
  EXPECT_EQ(lines_of("a\nb"), (Words{"a", "b"}));
  EXPECT_EQ(lines_of("\n"), Words{""});
  EXPECT_EQ(lines_of(""), Words{});
}

TEST(Lines, WordsStandBetweenBlanks) {
  EXPECT_EQ(words_of("  a\tbc \r\n d"), (Words{"a", "bc", "d"}));
  EXPECT_EQ(words_of(" "), Words{});
}

TEST(Lines, AreCutOutOfPieces) {
  Words lines;
  LineCutter cutter([&](const std::string& line) { lines.push_back(line); });
  cutter.add("on");
  cutter.add("e\ntwo\n\nthr");
  EXPECT_EQ(lines, (Words{"one", "two", ""}));
  cutter.add("ee");
  cutter.finish();
  cutter.finish();
  EXPECT_EQ(lines, (Words{"one", "two", "", "three"}));
}

TEST(Hexadecimal, ThereAndBack) {
  EXPECT_EQ(to_hexadecimal(std::string_view("\0\x7f\xff", 3)), "007fff");
  EXPECT_EQ(from_hexadecimal("007fff"), std::string("\0\x7f\xff", 3));
  for (const char* text : {"0", "0x", "+f", " 1", "FF"}) EXPECT_FALSE(from_hexadecimal(text));
}

}  // namespace
}  // namespace quiz::base
