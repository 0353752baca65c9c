#include "cli/shell_line.h"

#include <gtest/gtest.h>

namespace quiz::cli {
namespace {

TEST(ShellLine, QuotesWhatAShellWouldChange) {
  EXPECT_EQ(shell_line({"quiz", "-k", "6.12+kasan", "--set=X=1,2:3@4%5/6"}),
            "quiz -k 6.12+kasan --set=X=1,2:3@4%5/6");
  EXPECT_EQ(shell_line({"echo", "", "a b", "$x", "it's"}), R"(echo '' 'a b' '$x' 'it'\''s')");
  EXPECT_EQ(shell_line({}), "");
}

}  // namespace
}  // namespace quiz::cli
