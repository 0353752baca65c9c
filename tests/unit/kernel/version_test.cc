#include "kernel/version.h"

#include <gtest/gtest.h>

namespace quiz::kernel {
namespace {

TEST(Version, IsOrderedAsDebianDoes) {
  const std::vector<std::string> ordered = {
      "5.10.9",     "6.1~rc1",      "6.1",       "6.1.0-9", "6.1.0-10",          "6.1.176-1",
      "6.1.192-1",  "6.1.192-2~a1", "6.1.192-2", "6.9.1",   "6.12.95-1~bpo12+1", "6.12.95-1",
      "6.12.117-1", "7.0",          "1:0.1"};
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    for (std::size_t j = 0; j < ordered.size(); ++j) {
      const int result = compare_versions(ordered[i], ordered[j]);
      EXPECT_EQ(result < 0, i < j) << ordered[i] << " " << ordered[j];
      EXPECT_EQ(result > 0, i > j) << ordered[i] << " " << ordered[j];
    }
  }
  EXPECT_EQ(compare_versions("6.01", "6.1"), 0);
}

TEST(Version, PrefixEndsAtABoundary) {
  EXPECT_TRUE(version_has_prefix("6.1.192-2", "6.1"));
  EXPECT_TRUE(version_has_prefix("6.1.192-2", "6.1.192"));
  EXPECT_TRUE(version_has_prefix("6.1.192-2", "6.1.192-2"));
  EXPECT_TRUE(version_has_prefix("6.12~rc1", "6.12"));
  EXPECT_FALSE(version_has_prefix("6.12.1", "6.1"));
  EXPECT_FALSE(version_has_prefix("6.12.1", ""));
  EXPECT_FALSE(version_has_prefix("6.1", "6.1.1"));
}

TEST(Version, BelongsToASeries) {
  EXPECT_EQ(series_of("6.12.117"), "6.12");
  EXPECT_EQ(series_of("7.2.0-rc3"), "7.2");
  EXPECT_EQ(series_of("6.12-rc1"), "6.12");
  EXPECT_EQ(series_of("6"), "6");
}

TEST(Version, IsReadFromDebiansBanner) {
  EXPECT_EQ(version_from_banner(
                "Linux version 6.1.0-9-amd64 (a@example.org) #1 SMP Debian 6.1.27-1 (2023)", "r"),
            "6.1.27-1");
  EXPECT_EQ(version_from_banner("Linux version 6.12.3 (gcc (Debian 14.2.0) 14) #1 SMP", "6.12.3"),
            "6.12.3");
}

TEST(Version, LooksLikeOneUnlessItIsAPathOrAWord) {
  for (const char* text : {"6.12", "6.1.150", "7.2-rc3"}) EXPECT_TRUE(looks_like_version(text));
  for (const char* text : {"", "debian", "6.12/", "./6.12", "v6.12"}) {
    EXPECT_FALSE(looks_like_version(text)) << text;
  }
}

}  // namespace
}  // namespace quiz::kernel
