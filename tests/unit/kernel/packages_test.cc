#include "kernel/packages.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "build/apt.h"

namespace quiz::kernel {
namespace {

TEST(DebianRequest, TellsSuitesFromVersions) {
  EXPECT_EQ(parse_debian_request("trixie").suite, "trixie");
  EXPECT_EQ(parse_debian_request("trixie").version, "");
  EXPECT_EQ(parse_debian_request("bookworm-backports").suite, "bookworm-backports");
  EXPECT_EQ(parse_debian_request("6.1.0-56-amd64").version, "6.1.0-56-amd64");
  EXPECT_EQ(parse_debian_request("6.12.95-1~bpo12+1").suite, "");
  EXPECT_EQ(parse_debian_request("trixie:6.12").suite, "trixie");
  EXPECT_EQ(parse_debian_request("trixie:6.12").version, "6.12");
}

TEST(DebianRequest, RefusesWhatCouldChangeASourcesFile) {
  for (const char* text : {"", "a b", "trixie\nURIs: x", "trixie[trusted=yes]", "$(x)", "Trixie"}) {
    EXPECT_THROW(parse_debian_request(text), base::Error) << text;
  }
}

TEST(PlainImage, IsNotOfAnotherFlavour) {
  const base::Architecture& amd64 = base::architecture_named("amd64");
  EXPECT_TRUE(is_plain_image("linux-image-6.1.0-56-amd64", amd64));
  EXPECT_TRUE(is_plain_image("linux-image-6.12.117+deb13-amd64", amd64));
  for (const char* name :
       {"linux-image-6.1.0-56-cloud-amd64", "linux-image-6.1.0-56-rt-amd64",
        "linux-image-6.1.0-56-amd64-dbg", "linux-image-6.1.0-56-amd64-unsigned",
        "linux-image-amd64", "linux-image-cloud-amd64", "linux-image--amd64", ""}) {
    EXPECT_FALSE(is_plain_image(name, amd64)) << name;
  }
}

TEST(AptComplaint, IsTheFirstErrorElseTheFirstWarning) {
  EXPECT_EQ(build::apt_complaint("Get:1 x\nW: slow\nE: broken.\nE: more\n"), "broken");
  EXPECT_EQ(build::apt_complaint("W: Download is performed unsandboxed as root\nW: slow\n"),
            "slow");
  EXPECT_EQ(build::apt_complaint("fine\n"), "apt gave no reason");
}

}  // namespace
}  // namespace quiz::kernel
