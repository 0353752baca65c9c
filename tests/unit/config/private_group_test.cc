#include "config/private_group.h"

#include <gtest/gtest.h>

#include <string>

namespace quiz::config {
namespace {

constexpr uid_t kAnna = 1000;
constexpr gid_t kAnnas = 1000;

const std::string kPasswd =
    "root:x:0:0:root:/root:/bin/bash\n"
    "anna:x:1000:1000:Anna,,,:/home/anna:/bin/bash\n"
    "bert:x:1001:1001::/home/bert:/bin/sh\n";
const std::string kGroups =
    "root:x:0:\n"
    "anna:x:1000:\n"
    "bert:x:1001:\n"
    "staff:x:50:anna\n";

TEST(PrivateGroup, IsOneThatNobodyElseIsIn) {
  EXPECT_TRUE(is_private_group(kAnnas, kAnna, kPasswd, kGroups));
  EXPECT_TRUE(is_private_group(50, kAnna, kPasswd, kGroups)) << "the only member is oneself";
  EXPECT_TRUE(is_private_group(0, 0, kPasswd, kGroups));
  EXPECT_TRUE(is_private_group(0, kAnna, kPasswd, kGroups)) << "root is believed anyway";
}

TEST(PrivateGroup, IsNoneThatHasAnotherMember) {
  EXPECT_FALSE(is_private_group(kAnnas, kAnna, kPasswd, "anna:x:1000:bert\n"));
  EXPECT_FALSE(is_private_group(kAnnas, kAnna, kPasswd, "anna:x:1000:anna,bert\n"));
  EXPECT_FALSE(is_private_group(kAnnas, kAnna, kPasswd, "anna:x:1000:carla\n"))
      << "whoever that is";
  EXPECT_FALSE(is_private_group(0, 0, kPasswd, "root:x:0:bert\n"));
  EXPECT_FALSE(is_private_group(50, 1001, kPasswd, kGroups));
  EXPECT_FALSE(is_private_group(kAnnas, kAnna, kPasswd, kGroups + "also:x:1000:bert\n"))
      << "a second name for it";
}

TEST(PrivateGroup, IsNoneThatIsAnotherUsersOwn) {
  EXPECT_FALSE(
      is_private_group(kAnnas, kAnna, kPasswd + "dora:x:1002:1000::/home/d:/bin/sh\n", kGroups));
  EXPECT_FALSE(is_private_group(0, 0, kPasswd + "operator:x:11:0::/:/bin/sh\n", kGroups));
  EXPECT_TRUE(
      is_private_group(kAnnas, kAnna, kPasswd + "anna2:x:1000:1000::/home/a:/bin/sh\n", kGroups))
      << "the same user by another name";
}

// A directory service may know members that nobody can list.
TEST(PrivateGroup, IsNoneOfWhichTooLittleIsKnown) {
  EXPECT_FALSE(is_private_group(kAnnas, kAnna, "", kGroups));
  EXPECT_FALSE(is_private_group(kAnnas, 2000, kPasswd, kGroups)) << "the user is not in the file";
  EXPECT_FALSE(is_private_group(77, kAnna, kPasswd, kGroups)) << "nor is the group";
  EXPECT_FALSE(is_private_group(kAnnas, kAnna, kPasswd, "anna:x:1000\n")) << "a broken line";
}

}  // namespace
}  // namespace quiz::config
