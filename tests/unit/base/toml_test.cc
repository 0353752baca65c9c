#include "base/toml.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace quiz::base {
namespace {

TEST(Toml, HasEveryKindOfValueWithItsPlace) {
  const TomlTable table = parse_toml(
      "text = \"x\"\nnumber = 7\n  fraction = 0.5\nflag = true\nlist = [1, \"y\"]\nday = "
      "2026-01-02\n[table]\nkey = 1\n",
      "FILE");
  EXPECT_EQ(*table.find("text")->value.as<std::string>(), "x");
  EXPECT_EQ(*table.find("number")->value.as<std::int64_t>(), 7);
  EXPECT_EQ(*table.find("fraction")->value.as<double>(), 0.5);
  EXPECT_TRUE(*table.find("flag")->value.as<bool>());
  EXPECT_EQ(table.find("list")->value.as<TomlValue::Array>()->size(), 2U);
  EXPECT_TRUE(table.find("day")->value.as<std::monostate>());
  EXPECT_TRUE(table.find("table")->value.as<TomlTable>()->find("key"));
  EXPECT_EQ(table.find("none"), nullptr);
  EXPECT_EQ(table.find("number")->value.as<std::string>(), nullptr);
  EXPECT_EQ(table.find("fraction")->place.in("FILE"), "FILE:3:3");
  EXPECT_EQ(table.find("fraction")->value.place.in("FILE"), "FILE:3:14");
}

TEST(Toml, EntriesAreSorted) {
  const TomlTable table = parse_toml("b = 1\na = 2\n", "FILE");
  EXPECT_EQ(table.entries.front().key, "a");
}

TEST(Toml, TellsWhereTheTextIsWrong) {
  try {
    parse_toml("a = 1\nb = = 2\n", "FILE", "write TOML");
    FAIL() << "was parsed";
  } catch (const Error& error) {
    EXPECT_TRUE(std::string(error.message()).starts_with("FILE:2:")) << error.message();
    EXPECT_EQ(error.hint(), "write TOML");
  }
}

}  // namespace
}  // namespace quiz::base
