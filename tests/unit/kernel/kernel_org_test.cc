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

TEST(SignatureProblem, IsNoneOnlyForOneGoodSignatureByTheKey) {
  const std::string key(40, 'A');
  const std::string text = "[GNUPG:] PLAINTEXT 74 0 \n";
  const std::string good = "[GNUPG:] GOODSIG 632D3A06589DA6B1 Kernel.org autosigner\n";
  const std::string valid = "[GNUPG:] VALIDSIG 0123 2026-01-01 1 0 4 0 1 8 01 " + key + "\n";
  const std::string revoked = "[GNUPG:] REVKEYSIG 632D3A06589DA6B1 Kernel.org autosigner\n";
  EXPECT_EQ(signature_problem(text + good + valid, key), "");
  EXPECT_EQ(signature_problem(text + revoked + valid, key), "the key was revoked");
  EXPECT_EQ(signature_problem(text + good + valid + revoked, key), "the key was revoked");
  EXPECT_EQ(signature_problem("[GNUPG:] EXPKEYSIG 6 x\n" + valid, key), "the key has expired");
  EXPECT_EQ(signature_problem(text + good + valid, std::string(40, 'B')), "the key is another one");
  EXPECT_NE(signature_problem(text + text + good + valid, key), "");
  EXPECT_NE(signature_problem(text + good + valid + good + valid, key), "");
  for (const std::string& lacking : {text + good, text + valid, good + valid, std::string()}) {
    EXPECT_EQ(signature_problem(lacking, key), "there is no signature");
  }
  EXPECT_NE(signature_problem("gpg: " + text + "gpg: " + good + "gpg: " + valid, key), "");
}

/// A directory like kernel.org's with one release, signed by a key of our own.
class FetchRelease : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(site() / "v6.x");
    fs::create_directories(keys());
    fs::permissions(keys(), fs::perms::owner_all);
    gpg({"--passphrase", "", "--quick-generate-key", "signer@example.org", "ed25519"});
    origin_ = {"file://" + site().string(), "signer@example.org",
               fingerprint("signer@example.org")};
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
  fs::path sums() const { return site() / "v6.x" / "sha256sums.asc"; }
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

  std::string fingerprint(const std::string& signer) const {
    const std::string listed = gpg({"--with-colons", "--list-keys", signer});
    return listed.substr(listed.find("\nfpr:::::::::") + 13, 40);
  }

  void sign(const std::string& sum) const {
    const fs::path plain = directory_.path() / "sums";
    base::write_file_atomically(plain, sum + "  linux-6.12.3.tar.xz\n");
    gpg({"--output", sums().string(), "--clearsign", plain.string()});
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

// gpg says VALIDSIG for these three, too, and REVKEYSIG, EXPKEYSIG or EXPSIG beside it.
TEST_F(FetchRelease, RefusesChecksumsOfAKeyThatWasRevoked) {
  const fs::path file = keys() / "openpgp-revocs.d" / (origin_.fingerprint + ".rev");
  std::string certificate = base::read_file(file);
  // A colon before it keeps it from being used by accident.
  certificate.erase(certificate.find(":-----BEGIN"), 1);
  base::write_file_atomically(directory_.path() / "revocation", certificate);
  gpg({"--import", (directory_.path() / "revocation").string()});
  EXPECT_NE(refusal("6.12").find("does not have the signature"), std::string::npos);
}

TEST_F(FetchRelease, RefusesChecksumsOfAKeyThatHasExpired) {
  const std::vector<std::string> in_2020 = {"--faked-system-time", "20200101T000000!"};
  const auto then = [&](std::vector<std::string> words) {
    words.insert(words.begin(), in_2020.begin(), in_2020.end());
    gpg(std::move(words));
  };
  then({"--passphrase", "", "--quick-generate-key", "old@example.org", "ed25519", "default", "1y"});
  origin_.fingerprint = fingerprint("old@example.org");
  base::write_file_atomically(directory_.path() / "sums",
                              base::sha256("the sources") + "  linux-6.12.3.tar.xz\n");
  then({"--local-user", "old@example.org", "--output", sums().string(), "--clearsign",
        (directory_.path() / "sums").string()});
  EXPECT_NE(refusal("6.12").find("does not have the signature"), std::string::npos);
}

TEST_F(FetchRelease, RefusesChecksumsWhoseSignatureHasExpired) {
  gpg({"--faked-system-time", "20200101T000000!", "--passphrase", "", "--quick-generate-key",
       "lasting@example.org", "ed25519"});
  origin_.fingerprint = fingerprint("lasting@example.org");
  gpg({"--faked-system-time", "20200102T000000!", "--default-sig-expire", "1d", "--local-user",
       "lasting@example.org", "--output", sums().string(), "--clearsign",
       (directory_.path() / "sums").string()});
  EXPECT_NE(refusal("6.12").find("does not have the signature"), std::string::npos);
}

TEST_F(FetchRelease, RefusesChecksumsWithASecondSignatureByAnother) {
  gpg({"--passphrase", "", "--quick-generate-key", "other@example.org", "ed25519"});
  gpg({"--local-user", "signer@example.org", "--local-user", "other@example.org", "--output",
       sums().string(), "--clearsign", (directory_.path() / "sums").string()});
  EXPECT_NE(refusal("6.12").find("does not have the signature"), std::string::npos);
}

TEST_F(FetchRelease, SaysWhatIsMissingAndTheOtherWays) {
  EXPECT_NE(refusal("6.12.4").find("no release 6.12.4"), std::string::npos);
  EXPECT_NE(refusal("7.3-rc2").find("release candidates"), std::string::npos);
  EXPECT_NE(refusal("5.4").find("cannot get"), std::string::npos);
}

}  // namespace
}  // namespace quiz::kernel
