#include "profile/manifest.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace quiz::profile {
namespace {

std::string complaint(const std::string& text) {
  try {
    parse_manifest("x", text, "x/profile.toml");
  } catch (const base::Error& error) {
    return error.message() + " / " + error.hint();
  }
  return "none";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Manifest, IsReadWhole) {
  const Manifest manifest = parse_manifest("x", R"(
description = "a test"
cmdline = "a=1"
[needs]
profiles = ["blockdev:count=2"]
kernel = ["BLK_DEV_RAM|ZRAM"]
modules = ["brd"]
programs = ["lsblk"]
packages = ["util-linux"]
udev = true
output = true
[options.count]
type = "number"
default = 3
minimum = 1
maximum = 8
help = "how many"
[environment]
COUNT = "{count}"
[[disk]]
name = "data0"
count = "{count}"
[[memory]]
name = "fast0"
size = "64M"
[dm]
error = "1+1"
[network]
forward = "80-80"
)",
                                           "x/profile.toml");
  EXPECT_EQ(manifest.description, "a test");
  EXPECT_EQ(manifest.profiles, std::vector<std::string>{"blockdev:count=2"});
  EXPECT_TRUE(manifest.udev);
  EXPECT_TRUE(manifest.output);
  ASSERT_NE(manifest.option("count"), nullptr);
  EXPECT_EQ(manifest.option("count")->default_text, "3");
  EXPECT_EQ(manifest.option("count")->maximum, 8U);
  EXPECT_EQ(manifest.environment.at("COUNT"), "{count}");
  ASSERT_EQ(manifest.disks.size(), 1U);
  EXPECT_EQ(manifest.disks[0].size, "1G");
  ASSERT_EQ(manifest.memory.size(), 1U);
  EXPECT_EQ(manifest.memory[0].backend, "null_blk");
  ASSERT_TRUE(manifest.mapper);
  EXPECT_EQ(manifest.mapper->on, "quizb0");
  EXPECT_TRUE(manifest.network);
}

TEST(Manifest, TellsWhereAMistakeIs) {
  EXPECT_TRUE(contains(complaint("description = \"x\"\nfoo = 1"), "x/profile.toml:2:1: 'foo'"));
  EXPECT_TRUE(contains(complaint("description ="), "x/profile.toml:1:"));
  EXPECT_TRUE(contains(complaint("description = \"x\"\n[neds]\n"), "did you mean 'needs'?"));
  EXPECT_TRUE(contains(complaint("description = \"x\"\n[needs]\nudev = 3"),
                       "x/profile.toml:3:8: 'udev' must be true or false"));
  EXPECT_TRUE(contains(complaint("[needs]"), "a profile needs a description"));
  EXPECT_TRUE(contains(complaint("description = \"x\"\n[options.a]\ntype = \"nmber\""),
                       "'nmber' is no type of an option"));
  EXPECT_TRUE(contains(complaint("description = \"x\"\n[options.a]\ntype = \"number\"\n"
                                 "default = \"many\""),
                       "x/profile.toml:4:11: the default 'many' is not a whole number"));
  EXPECT_TRUE(contains(complaint("description = \"x\"\n[[disk]]\nname = \"no number\""),
                       "x/profile.toml:3:8: 'no number' is no name for a device"));
  EXPECT_TRUE(contains(complaint("description = \"x\"\n[[disk]]\n"), "is no name for a device"));
  EXPECT_TRUE(contains(complaint("description = \"x\"\ndisk = 1\n"), "a list of tables, [[disk]]"));
}

TEST(Manifest, WantsOptionsOfTheKernelWithoutTheirPrefix) {
  EXPECT_TRUE(contains(complaint("description = \"d\"\n[needs]\nkernel = [\"A|CONFIG_SWAP=y\"]"),
                       "options are named without CONFIG_"));
}

TEST(Manifest, TakesNamesOfLettersDigitsAndDashes) {
  EXPECT_TRUE(is_name("a-b_9"));
  EXPECT_FALSE(is_name(""));
  EXPECT_FALSE(is_name("../x"));
  EXPECT_FALSE(is_name("a b"));
}

}  // namespace
}  // namespace quiz::profile
