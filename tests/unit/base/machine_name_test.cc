#include "base/machine_name.h"

#include <gtest/gtest.h>

namespace quiz::base {
namespace {

TEST(MachineName, HasLettersDigitsAndSomePunctuation) {
  for (const char* name : {"a", "zfs", "Build-2", "6.12_debug", "0"}) {
    EXPECT_TRUE(is_machine_name(name)) << name;
  }
  for (const char* name : {"", "-x", ".hidden", "_", "a b", "a/b", "a\n", "ü", "a;b"}) {
    EXPECT_FALSE(is_machine_name(name)) << name;
  }
  EXPECT_TRUE(is_machine_name(std::string(64, 'x')));
  EXPECT_FALSE(is_machine_name(std::string(65, 'x')));
}

TEST(MachineName, ComesFromTheDirectory) {
  EXPECT_EQ(machine_name_after("/home/user/zfs"), "zfs");
  EXPECT_EQ(machine_name_after("/tmp/a b\nc"), "a-b-c");
  EXPECT_EQ(machine_name_after("/home/.config"), "config");
  for (const char* directory : {"/", "", "/x/...", "/x/---"}) {
    EXPECT_EQ(machine_name_after(directory), "machine") << directory;
  }
  for (const std::string& directory :
       {std::string("/tmp/") + std::string(255, 'd'), std::string("/tmp/\xff\xfe")}) {
    EXPECT_TRUE(is_machine_name(machine_name_after(directory))) << directory;
  }
}

TEST(MachineName, IsNumberedWhereItIsTaken) {
  EXPECT_EQ(numbered_name("zfs", {}), "zfs");
  EXPECT_EQ(numbered_name("zfs", {"zfs"}), "zfs-2");
  EXPECT_EQ(numbered_name("zfs", {"zfs-3", "zfs", "zfs-2"}), "zfs-4");
  const std::string longest(64, 'x');
  EXPECT_TRUE(is_machine_name(numbered_name(longest, {longest})));
}

}  // namespace
}  // namespace quiz::base
