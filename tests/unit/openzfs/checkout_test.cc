#include "openzfs/checkout.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/child.h"
#include "base/error.h"
#include "base/files.h"

namespace quiz::openzfs {
namespace {

class CheckoutTest : public testing::Test {
 protected:
  CheckoutTest() {
    base::make_directories(root_ / "module" / "zfs");
    base::make_directories(root_ / "cmd");
    base::write_file_atomically(root_ / "META", "Name: zfs\nVersion: 2.3.2\n");
  }
  base::TempDir directory_{std::filesystem::temp_directory_path()};
  fs::path root_ = directory_.path() / "zfs";
};

TEST_F(CheckoutTest, IsFoundFromBelow) {
  EXPECT_EQ(find_checkout(root_ / "cmd").directory, root_);
  EXPECT_EQ(find_checkout(root_).meta.version, "2.3.2");
}

TEST_F(CheckoutTest, IsNoOtherDirectory) {
  EXPECT_THROW(find_checkout(directory_.path()), base::Error);
  base::write_file_atomically(root_ / "META", "Name: other\nVersion: 2.3.2\n");
  EXPECT_THROW(find_checkout(root_), base::Error);
}

TEST_F(CheckoutTest, ThatWasConfiguredInPlaceIsRefused) {
  base::write_file_atomically(root_ / "config.status", "");
  EXPECT_THROW(find_checkout(root_), base::Error);
  EXPECT_TRUE(try_find_checkout(root_));
}

TEST_F(CheckoutTest, HoldsEveryBuild) {
  const Checkout checkout = find_checkout(root_);
  const fs::path build = checkout.quiz() / "build";
  EXPECT_EQ(checkout.kernel_build("6.12.117+kasan"), build / "6.12.117+kasan");
  const fs::path tree = checkout.kernel_build("/home/me/linux");
  EXPECT_EQ(tree.parent_path(), build);
  EXPECT_NE(tree, checkout.kernel_build("/home/me/linux2"));
  for (const char* name : {"user", "..", "."}) {
    EXPECT_EQ(checkout.kernel_build(name).parent_path(), build) << name;
    EXPECT_NE(checkout.kernel_build(name), checkout.user_build()) << name;
  }
}

TEST_F(CheckoutTest, WhoseQuizDirectoryIsALinkIsRefused) {
  fs::create_symlink(directory_.path(), root_ / ".quiz");
  EXPECT_THROW(find_checkout(root_), base::Error);
  EXPECT_THROW(open_quiz_directory(*try_find_checkout(root_)), base::Error);
}

TEST_F(CheckoutTest, ThatOthersMayWriteIsRefused) {
  ASSERT_EQ(::chmod(root_.c_str(), 0777), 0);
  EXPECT_THROW(find_checkout(root_), base::Error);
  ASSERT_EQ(::chmod(root_.c_str(), 0755), 0);
  base::make_directories(root_ / ".quiz");
  EXPECT_EQ(find_checkout(root_).directory, root_);
  EXPECT_TRUE(open_quiz_directory(find_checkout(root_)));
  ASSERT_EQ(::chmod((root_ / ".quiz").c_str(), 0777), 0);
  EXPECT_THROW(find_checkout(root_), base::Error);
  EXPECT_THROW(open_quiz_directory(*try_find_checkout(root_)), base::Error);
}

TEST_F(CheckoutTest, OfAnotherUserIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  base::make_directories(root_ / ".quiz");
  ASSERT_EQ(::chown((root_ / ".quiz").c_str(), 65534, 65534), 0);
  EXPECT_THROW(find_checkout(root_), base::Error);
  EXPECT_THROW(open_quiz_directory(*try_find_checkout(root_)), base::Error);
  fs::remove(root_ / ".quiz");
  ASSERT_EQ(::chown(root_.c_str(), 65534, 65534), 0);
  EXPECT_THROW(find_checkout(root_), base::Error);
}

TEST_F(CheckoutTest, WhoseMetaIsAFifoHoldsNobodyUp) {
  fs::remove(root_ / "META");
  ASSERT_EQ(::mkfifo((root_ / "META").c_str(), 0644), 0);
  EXPECT_FALSE(try_find_checkout(root_));
}

TEST_F(CheckoutTest, GitIgnoresWhatQuizMakesInIt) {
  base::run_or_throw({"git", "init", "-q", root_.string()});
  const Checkout checkout = find_checkout(root_);
  prepare_checkout(checkout);
  prepare_checkout(checkout);
  base::write_file_atomically(checkout.settings(), "");
  const std::string status =
      base::run_or_throw({"git", "-C", root_.string(), "status", "--porcelain"});
  EXPECT_EQ(status.find(".quiz"), std::string::npos);
  const std::string text = base::read_file(root_ / ".git" / "info" / "exclude");
  EXPECT_EQ(text.find("/.quiz/"), text.rfind("/.quiz/"));
}

TEST_F(CheckoutTest, HasWhatIsForAnotherArchitectureBesideTheHostsOwn) {
  Checkout checkout = find_checkout(root_);
  EXPECT_EQ(checkout.system(), root_ / ".quiz/system");
  EXPECT_EQ(checkout.settings(), root_ / ".quiz/config.toml");
  checkout.architecture = base::architecture_named("s390x");
  EXPECT_EQ(checkout.system(), root_ / ".quiz/system+s390x");
  EXPECT_EQ(checkout.settings(), root_ / ".quiz/config+s390x.toml");
  EXPECT_EQ(checkout.user_build(), root_ / ".quiz/build/user+s390x");
  EXPECT_EQ(checkout.modules("6.1"), root_ / ".quiz/system+s390x/usr/lib/modules/6.1");
}

}  // namespace
}  // namespace quiz::openzfs
