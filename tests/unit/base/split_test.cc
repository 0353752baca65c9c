#include "base/split.h"

#include <gtest/gtest.h>

namespace quiz::base {
namespace {

using Parts = std::vector<std::string>;

TEST(Split, CutsAtTheSeparator) {
  EXPECT_EQ(split("a:b:c", ':'), (Parts{"a", "b", "c"}));
  EXPECT_EQ(split("a", ':'), Parts{"a"});
}

TEST(Split, LeavesOutBlanksAndEmptyParts) {
  EXPECT_EQ(split(" 0 8 linear quizb0 0 ;\t8 8 zero;; ", ';'),
            (Parts{"0 8 linear quizb0 0", "8 8 zero"}));
  EXPECT_EQ(split("", ':'), Parts{});
  EXPECT_EQ(split("::", ':'), Parts{});
}

}  // namespace
}  // namespace quiz::base
