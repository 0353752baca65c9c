#include "build/apt.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "../base/warnings.h"
#include "base/child.h"
#include "base/sha256.h"
#include "build/debian_mirror.h"

namespace quiz::build {
namespace {

namespace fs = std::filesystem;

TEST(AbsentSources, AreThoseThatTheMirrorDoesNotHave) {
  const std::string mirror = "http://mirror.example.org/debian";
  const std::vector<AptSource> sources = {
      {mirror, "forky", ""}, {mirror + "/", "forky-updates", ""}, {mirror, "forky-security", ""}};
  const auto absent = absent_sources(
      sources,
      "Err:3 http://mirror.example.org/debian forky-updates Release\n  404  Not Found\n"
      "W: Failed to fetch http://mirror.example.org/debian/dists/forky-security/InRelease"
      "  Could not connect\n"
      "E: The repository 'http://mirror.example.org/debian forky-updates Release' does not "
      "have a Release file.\n");
  ASSERT_EQ(absent.size(), 1u) << "one that does not answer may be there";
  EXPECT_EQ(absent[0].suite, "forky-updates");
  EXPECT_TRUE(absent_sources(sources, "Reading package lists...\n").empty());
}

/// A mirror in a directory that has one suite, not signed, and a host whose apt takes that.
class LocalMirror : public testing::Test {
 protected:
  void SetUp() override {
    if (!base::find_program("apt-get")) GTEST_SKIP() << "there is no apt";
    const std::string architecture(base::host_architecture().debian);
    const std::string name = "main/binary-" + architecture + "/Packages";
    const std::string packages = "Package: hello\nVersion: 1.0\nArchitecture: " + architecture +
                                 "\nFilename: hello.deb\nSize: 1\nSHA256: " + std::string(64, '0') +
                                 "\n";
    const fs::path suite = mirror() / "dists/bookworm";
    write(suite / name, packages);
    write(suite / "Release",
          "Origin: test\nSuite: bookworm\nCodename: bookworm\nDate: Sat, 11 Jul 2020 10:16:37 UTC\n"
          "Architectures: " +
              architecture + "\nComponents: main\nSHA256:\n " + base::sha256(packages) + " " +
              std::to_string(packages.size()) + " " + name + "\n");
    use_host_sources("deb " + uri() + " bookworm main\n");
  }
  void TearDown() override { ::unsetenv("APT_CONFIG"); }

  static void write(const fs::path& file, const std::string& text) {
    base::make_directories(file.parent_path());
    base::write_file_atomically(file, text);
  }
  fs::path mirror() const { return top_.path() / "debian"; }
  std::string uri() const { return "file:" + mirror().string(); }
  void use_host_sources(const std::string& lines) {
    write(top_.path() / "sources.list", lines);
    write(top_.path() / "apt.conf",
          "Acquire::AllowInsecureRepositories \"true\";\nDir::Etc::sourcelist \"" +
              (top_.path() / "sources.list").string() +
              "\";\nDir::Etc::sourceparts \"/dev/null\";\n");
    ::setenv("APT_CONFIG", (top_.path() / "apt.conf").c_str(), 1);
  }

  base::TempDir top_{fs::canonical("/tmp"), "quiz-test-"};
};

TEST_F(LocalMirror, WithoutASuitesCompanionsTheSuiteIsUsedAndTheCallerWarned) {
  Apt apt = Apt::with_own_lists(top_.path() / "cache", debian_suite_sources("bookworm", ""),
                                base::host_architecture());
  EXPECT_EQ(apt.sources().size(), 3u);
  test::Warnings reporter;
  apt.update(reporter);
  EXPECT_EQ(reporter.all, "without bookworm-updates, which " + uri() + " does not have\n" +
                              "without bookworm-security, which " + uri() +
                              "-security does not have\n");
  ASSERT_EQ(apt.sources().size(), 1u);
  EXPECT_EQ(apt.sources()[0].suite, "bookworm");
  ASSERT_EQ(apt.offers("hello").size(), 1u);
  EXPECT_EQ(apt.offers("hello")[0].version, "1.0");
}

TEST_F(LocalMirror, ASuiteThatIsNotThereAtAllIsTheCallersError) {
  Apt apt = Apt::with_own_lists(top_.path() / "cache", debian_suite_sources("trixie", ""),
                                base::host_architecture());
  test::Warnings reporter;
  EXPECT_NE(apt.update(reporter), "");
  EXPECT_EQ(reporter.all, "");
  EXPECT_TRUE(apt.offers("hello").empty());
}

TEST_F(LocalMirror, ADiscAndAnotherVendorsSourcesAreNoMirrors) {
  use_host_sources(
      "deb cdrom:[Debian_GNU/Linux_12]/ bookworm main\n"
      "deb http://archive.example.org/ubuntu noble main\n");
  EXPECT_TRUE(Apt::debian_sources().empty());
  EXPECT_EQ(debian_suite_sources("", uri())[0].uri, uri());
  EXPECT_EQ(debian_suite_sources("", uri())[0].suite, "stable");
}

}  // namespace
}  // namespace quiz::build
