// The manual page is written by hand; this holds it to the schema.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "cli/commands.h"
#include "config/schema.h"

namespace quiz::cli {
namespace {

class Manual : public testing::Test {
 protected:
  void expect_contains(const std::string& line) const {
    EXPECT_NE(text_.find("\n" + line), std::string::npos) << "docs/quiz.1 lacks: " << line;
  }
  std::string text_ = base::read_file(QUIZ_TEST_DATA "/../docs/quiz.1");
};

TEST_F(Manual, EveryOptionHasAnEntry) {
  for (const config::Option& option : config::options()) {
    std::string entry = ".It";
    if (option.short_flag != 0) entry += fmt::format(" Fl {}", option.short_flag);
    if (option.short_flag != 0 && !option.long_flag.empty()) entry += " ,";
    if (!option.long_flag.empty()) entry += fmt::format(" Fl -{}", option.long_flag);
    if (option.takes_argument()) entry += fmt::format(" Ar {}", option.argument);
    entry += "\n";
    if (!option.key.empty()) entry += fmt::format(".Pq Va {}\n", option.key);
    expect_contains(entry);
  }
}

TEST_F(Manual, EveryCommandHasAnEntry) {
  for (const Command& command : commands()) {
    expect_contains(fmt::format(".It Cm {}", command.name));
    expect_contains(fmt::format(".Cm {}", command.name));
  }
}

TEST_F(Manual, EveryExitStatusIsExplained) {
  for (int status = 121; status <= 127; ++status) expect_contains(fmt::format(".It {}\n", status));
  EXPECT_NE(text_.find("128+n"), std::string::npos);
}

}  // namespace
}  // namespace quiz::cli
