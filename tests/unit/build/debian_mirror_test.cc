#include "build/debian_mirror.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace quiz::build {
namespace {

const std::string kMirror = "http://mirror.example.org/debian";
const std::string kSecurity = "http://security.example.org/debian-security";
const AptSource kNone = {"", "", "keyring"};

/// "URI SUITE [KEY]" of each, a line each.
std::string text_of(const std::vector<AptSource>& sources) {
  std::string text;
  for (const AptSource& source : sources) {
    text += source.uri + " " + source.suite + " [" + source.signed_by + "]\n";
  }
  return text;
}

TEST(DebianMirror, IsTheHostsForItsOwnSuites) {
  const std::vector<AptSource> host = {{kMirror, "bookworm", "a"},
                                       {kMirror, "bookworm-updates", "a"},
                                       {kSecurity, "bookworm-security", "b"}};
  EXPECT_EQ(text_of(suite_sources(host, kNone, "bookworm")),
            kMirror + " bookworm [a]\n" + kMirror + " bookworm-updates [a]\n" + kSecurity +
                " bookworm-security [b]\n");
}

TEST(DebianMirror, IsTheHostsForOtherSuitesToo) {
  const std::vector<AptSource> host = {{kSecurity, "bookworm-security", "b"},
                                       {kMirror, "bookworm", "a"}};
  EXPECT_EQ(text_of(suite_sources(host, kNone, "trixie")), kMirror + " trixie [a]\n" + kMirror +
                                                               " trixie-updates [a]\n" + kSecurity +
                                                               " trixie-security [b]\n");
  EXPECT_EQ(text_of(suite_sources(host, kNone, "sid")), kMirror + " sid [a]\n");
  EXPECT_EQ(text_of(suite_sources(host, kNone, "trixie-backports")),
            kMirror + " trixie-backports [a]\n");
  EXPECT_EQ(text_of(suite_sources(host, kNone, "trixie-security")),
            kSecurity + " trixie-security [b]\n");
}

TEST(DebianMirror, IsTheOneThatHasTheSuiteWhereTheHostNamesSeveral) {
  const std::string other = "file:/srv/copy";
  const std::vector<AptSource> host = {{other, "sid", "c"}, {kMirror, "trixie", "a"}};
  EXPECT_EQ(suite_sources(host, kNone, "sid")[0].uri, other);
  for (const char* suite : {"trixie", "trixie-backports", "trixie-updates"}) {
    EXPECT_EQ(suite_sources(host, kNone, suite)[0].uri, kMirror) << suite;
  }
  EXPECT_EQ(suite_sources(host, kNone, "trixie")[1].uri, kMirror) << "trixie-updates";
  EXPECT_EQ(suite_sources(host, kNone, "trixie")[2].uri, kMirror + "-security");
}

TEST(DebianMirror, AHostWithoutSecuritySuitesHasThemBesideItsMirror) {
  const std::vector<AptSource> host = {{kMirror + "/", "bookworm", "a"}};
  const auto sources = suite_sources(host, kNone, "bookworm");
  ASSERT_EQ(sources.size(), 3u);
  EXPECT_EQ(sources[2].uri, kMirror + "-security");
  EXPECT_EQ(sources[2].signed_by, "a");
}

TEST(DebianMirror, IsTheSettingsWhereTheHostNamesNone) {
  const AptSource setting = {"http://local.example.org/debian", "", "keyring"};
  EXPECT_EQ(text_of(suite_sources({}, setting, "stable")),
            "http://local.example.org/debian stable [keyring]\n"
            "http://local.example.org/debian stable-updates [keyring]\n"
            "http://local.example.org/debian-security stable-security [keyring]\n");
  const std::vector<AptSource> host = {{kMirror, "bookworm", "a"}};
  EXPECT_EQ(suite_sources(host, setting, "trixie")[0].uri, kMirror) << "the host's counts first";
  const std::vector<AptSource> only_security = {{kSecurity, "bookworm-security", "b"}};
  EXPECT_EQ(suite_sources(only_security, setting, "trixie")[0].uri, setting.uri);
  EXPECT_EQ(suite_sources(only_security, setting, "trixie")[2].uri, kSecurity);
}

TEST(DebianMirror, IsNotGuessedWhereNobodyNamesOne) {
  for (const char* suite : {"stable", "trixie-security"}) {
    try {
      suite_sources({}, kNone, suite);
      ADD_FAILURE() << suite;
    } catch (const base::Error& error) {
      EXPECT_EQ(std::string(error.message()), "this machine's apt names no mirror of Debian's");
      EXPECT_NE(error.hint().find("QUIZ_MIRROR"), std::string::npos) << error.hint();
    }
  }
}

TEST(DebianMirror, SecuritySuitesAreBesideAnArchiveOfDebiansLayout) {
  EXPECT_EQ(security_mirror("http://m.example.org/debian"), "http://m.example.org/debian-security");
  EXPECT_EQ(security_mirror("file:/srv/debian//"), "file:/srv/debian-security");
  for (const char* other :
       {"http://m.example.org/copy", "http://debian.example.org",
        "http://m.example.org/debian/20260101T000000Z", "file:/srv/olddebian"}) {
    EXPECT_EQ(security_mirror(other), other);
  }
}

}  // namespace
}  // namespace quiz::build
