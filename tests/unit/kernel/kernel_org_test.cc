#include "kernel/kernel_org.h"

#include <gtest/gtest.h>

#include "base/child.h"
#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"

namespace quiz::kernel {
namespace {

namespace fs = std::filesystem;

std::string line(char digit, const std::string& name) {
  return std::string(64, digit) + "  " + name + "\n";
}

TEST(FindRelease, TakesTheNewestOfASeriesAndExactlyARelease) {
  const std::string sums = line('a', "linux-6.12.9.tar.xz") + line('b', "linux-6.12.10.tar.xz") +
                           line('c', "linux-6.12.10.tar.gz") + line('d', "linux-6.1.99.tar.xz") +
                           line('e', "patch-6.12.11.xz") + "linux-6.12.99.tar.xz\n";
  EXPECT_EQ(find_release(sums, "6.12")->version, "6.12.10");
  EXPECT_EQ(find_release(sums, "6.12")->sha256, std::string(64, 'b'));
  EXPECT_EQ(find_release(sums, "6.12.9")->sha256, std::string(64, 'a'));
  EXPECT_EQ(find_release(sums, "6.1")->version, "6.1.99");
  EXPECT_FALSE(find_release(sums, "6.12.1"));
  EXPECT_EQ(find_release(sums, "6")->version, "6.12.10");
}

/// A directory like kernel.org's with one release, signed by a key of our own.
class FetchRelease : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(site() / "v6.x");
    fs::create_directories(keys());
    fs::permissions(keys(), fs::perms::owner_all);
    gpg({"--passphrase", "", "--quick-generate-key", "signer@example.org", "ed25519"});
    const std::string listed = gpg({"--with-colons", "--list-keys"});
    const std::size_t begin = listed.find("\nfpr:::::::::") + 13;
    origin_ = {"file://" + site().string(), "signer@example.org", listed.substr(begin, 40)};
    base::write_file_atomically(tarball(), "the sources");
    sign(base::sha256("the sources"));
  }

  void TearDown() override {
    base::SpawnOptions options;
    options.arguments = {"gpgconf", "--homedir", keys().string(), "--kill", "all"};
    base::run_and_capture(std::move(options));
  }

  fs::path site() const { return directory_.path() / "site"; }
  fs::path cache() const { return directory_.path() / "cache"; }
  fs::path keys() const { return cache() / "sources" / "kernel.org" / "keys"; }
  fs::path tarball() const { return site() / "v6.x" / "linux-6.12.3.tar.xz"; }

  std::string gpg(std::vector<std::string> words) const {
    words.insert(words.begin(), {"gpg", "--homedir", keys().string(), "--batch", "--yes"});
    base::SpawnOptions options;
    options.arguments = std::move(words);
    options.inherit_stderr = false;
    const base::Captured result = base::run_and_capture(std::move(options));
    EXPECT_TRUE(result.status.success()) << result.errors;
    return result.output;
  }

  void sign(const std::string& sum) const {
    const fs::path plain = directory_.path() / "sums";
    base::write_file_atomically(plain, sum + "  linux-6.12.3.tar.xz\n");
    gpg({"--output", (site() / "v6.x" / "sha256sums.asc").string(), "--clearsign", plain.string()});
  }

  fs::path fetch(const std::string& wanted) {
    base::SilentReporter reporter;
    return fetch_release(origin_, wanted, cache(), reporter);
  }

  std::string refusal(const std::string& wanted) {
    try {
      fetch(wanted);
    } catch (const base::Error& error) {
      return error.message();
    }
    return "nothing";
  }

  base::TempDir directory_{fs::temp_directory_path(), "quiz-unit-"};
  KernelOrg origin_;
};

TEST_F(FetchRelease, VerifiesAndKeepsWhatItDownloads) {
  EXPECT_EQ(base::read_file(fetch("6.12")), "the sources");
  fs::remove(tarball());
  EXPECT_EQ(base::read_file(fetch("6.12.3")), "the sources") << "it is there already";
}

TEST_F(FetchRelease, GoesOnWithAPart) {
  base::write_file_atomically(cache() / "sources/kernel.org/linux-6.12.3.tar.xz.part", "the so");
  EXPECT_EQ(base::read_file(fetch("6.12")), "the sources");
}

TEST_F(FetchRelease, TakesAPartThatIsWhole) {
  base::write_file_atomically(cache() / "sources/kernel.org/linux-6.12.3.tar.xz.part",
                              "the sources");
  fs::remove(tarball());
  EXPECT_EQ(base::read_file(fetch("6.12")), "the sources");
}

TEST_F(FetchRelease, RefusesAWrongChecksum) {
  sign(std::string(64, '0'));
  EXPECT_NE(refusal("6.12").find("does not have the checksum"), std::string::npos);
  EXPECT_FALSE(fs::exists(cache() / "sources/kernel.org/linux-6.12.3.tar.xz.part"));
}

TEST_F(FetchRelease, RefusesChecksumsOfAnotherSigner) {
  origin_.fingerprint.back() = origin_.fingerprint.back() == '0' ? '1' : '0';
  EXPECT_NE(refusal("6.12"), "nothing");
}

TEST_F(FetchRelease, RefusesChecksumsThatWereChanged) {
  const fs::path file = site() / "v6.x" / "sha256sums.asc";
  std::string text = base::read_file(file);
  text.replace(text.find("linux-6.12.3"), 12, "linux-6.12.4");
  base::write_file_atomically(file, text);
  EXPECT_NE(refusal("6.12").find("does not have the signature"), std::string::npos);
}

TEST_F(FetchRelease, SaysWhatIsMissingAndTheOtherWays) {
  EXPECT_NE(refusal("6.12.4").find("no release 6.12.4"), std::string::npos);
  EXPECT_NE(refusal("7.3-rc2").find("release candidates"), std::string::npos);
  EXPECT_NE(refusal("5.4").find("cannot get"), std::string::npos);
}

}  // namespace
}  // namespace quiz::kernel
