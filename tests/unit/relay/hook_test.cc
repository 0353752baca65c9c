#include "relay/hook.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace quiz::relay {
namespace {

using wire::Ending;
using wire::Exit;

TEST(Hook, SucceedsWithStatusZeroAlone) {
  EXPECT_TRUE(is_success(Exit{Ending::exited, 0, 0, 0, {}}));
  EXPECT_FALSE(is_success(Exit{Ending::exited, 1, 0, 0, {}}));
  EXPECT_FALSE(is_success(Exit{Ending::signalled, 0, 0, 0, {}}));
  EXPECT_FALSE(is_success(Exit{Ending::cannot_execute, 0, 0, 0, {}}));
}

TEST(Hook, IsToldInWordsHowItEnded) {
  EXPECT_EQ(describe_end(Exit{Ending::exited, 3, 0, 0, {}}), "exited with status 3");
  EXPECT_EQ(describe_end(Exit{Ending::signalled, 9, 0, 0, {}}), "was killed by signal 9");
  EXPECT_EQ(describe_end(Exit{Ending::cannot_execute, EACCES, 0, 0, {}}),
            "cannot be run: Permission denied");
  EXPECT_EQ(describe_end(Exit{Ending::cannot_prepare, ENOENT, 0, 0, "enter /x"}),
            "cannot be run: cannot enter /x: No such file or directory");
  EXPECT_NE(describe_end(Exit{Ending::cannot_execute, 0xffff'ffff, 0, 0, {}}), "") << "as it says";
}

}  // namespace
}  // namespace quiz::relay
