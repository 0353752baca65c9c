#include "base/nearest.h"

#include <gtest/gtest.h>

namespace quiz::base {
namespace {

const std::vector<std::string> kOptions{"--kernel", "--memory", "--timeout", "--verbose", "--kmsg"};

TEST(Nearest, FindsTypingMistakes) {
  EXPECT_EQ(nearest("--kernle", kOptions), "--kernel") << "two letters exchanged";
  EXPECT_EQ(nearest("--memry", kOptions), "--memory") << "one missing";
  EXPECT_EQ(nearest("--timeoutt", kOptions), "--timeout") << "one too many";
  EXPECT_EQ(nearest("--kmsg", kOptions), "--kmsg");
}

TEST(Nearest, FindsWhatBeginsWithTheWord) { EXPECT_EQ(nearest("--verb", kOptions), "--verbose"); }

TEST(Nearest, SaysNothingWhereNothingIsNear) {
  EXPECT_EQ(nearest("--unrelated-thing", kOptions), std::nullopt);
  EXPECT_EQ(nearest("", kOptions), std::nullopt);
  EXPECT_EQ(nearest("--kernel", {}), std::nullopt);
}

TEST(Nearest, TakesTheFirstOfEquallyNearOnes) { EXPECT_EQ(nearest("cab", {"car", "cat"}), "car"); }

}  // namespace
}  // namespace quiz::base
