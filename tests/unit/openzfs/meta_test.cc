#include "openzfs/meta.h"

#include <gtest/gtest.h>

namespace quiz::openzfs {
namespace {

constexpr char kText[] =
    "Meta:          1\nName:          zfs\nBranch:        1.0\nVersion:       2.3.2\n"
    "Release:       1\nLicense:       CDDL\nLinux-Maximum: 6.14\nLinux-Minimum: 4.18\n";

TEST(Meta, IsRead) {
  const Meta meta = parse_meta(kText);
  EXPECT_EQ(meta.name, "zfs");
  EXPECT_EQ(meta.version, "2.3.2");
  EXPECT_EQ(meta.release, "1");
  EXPECT_EQ(meta.linux_minimum, "4.18");
  EXPECT_EQ(meta.linux_maximum, "6.14");
}

TEST(Meta, MayBeEmptyOrRubbish) {
  EXPECT_EQ(parse_meta("").name, "");
  EXPECT_EQ(parse_meta("no colon\n:\nName:\n").name, "");
  EXPECT_EQ(fit_of(parse_meta(""), "6.12.117"), Fit::fits);
  EXPECT_EQ(fit_of(parse_meta("Linux-Maximum: new\n"), "6.12.117"), Fit::fits);
  EXPECT_EQ(fit_of(parse_meta(kText), "next"), Fit::fits);
}

TEST(Meta, SaysWhichLinuxFits) {
  const Meta meta = parse_meta(kText);
  EXPECT_EQ(fit_of(meta, "6.12.117"), Fit::fits);
  EXPECT_EQ(fit_of(meta, "6.14.11"), Fit::fits);
  EXPECT_EQ(fit_of(meta, "4.18.0"), Fit::fits);
  EXPECT_EQ(fit_of(meta, "6.15"), Fit::too_new);
  EXPECT_EQ(fit_of(meta, "7.2.12"), Fit::too_new);
  EXPECT_EQ(fit_of(meta, "4.17.19"), Fit::too_old);
  EXPECT_EQ(fit_of(meta, "4.9"), Fit::too_old);
}

}  // namespace
}  // namespace quiz::openzfs
