#include "cli/print_error.h"

#include <gtest/gtest.h>

namespace quiz::cli {
namespace {

TEST(PrintError, ShowsTheSentenceTheNotesAndTheHint) {
  base::Error error("there is no kernel 'debain'", "did you mean 'debian'?");
  error.add_note("while choosing a kernel");
  error.add_note("while starting the machine");
  EXPECT_EQ(format_error(error, false),
            "quiz: there is no kernel 'debain'\n"
            "  while choosing a kernel\n"
            "  while starting the machine\n"
            "  hint: did you mean 'debian'?\n");
}

TEST(PrintError, WithoutNotesAndHintItIsOneLine) {
  EXPECT_EQ(format_error(base::Error("no"), false), "quiz: no\n");
}

TEST(PrintError, ColoursOnlyWhenAsked) {
  const base::Error error("no", "yes");
  EXPECT_EQ(format_error(error, false).find('\x1b'), std::string::npos);
  EXPECT_NE(format_error(error, true).find("\x1b[1;31mquiz:\x1b[0m no"), std::string::npos);
}

TEST(PrintError, AFileNameCannotActOnTheTerminal) {
  EXPECT_EQ(format_error(base::Error("a\x1b[2J\rb\tü"), false), "quiz: a\\x1b[2J\\x0db\tü\n");
  EXPECT_EQ(format_error(base::Error("\x1b]0;x\x07"), true).find('\x07'), std::string::npos);
  const base::Error one_byte_forms(
      "a\x9b"
      "2J b\xc2\x9b"
      "2J");
  EXPECT_EQ(format_error(one_byte_forms, false), "quiz: a\\x9b2J b\\xc2\\x9b2J\n");
}

}  // namespace
}  // namespace quiz::cli
