#include "run/closed_directories.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"

namespace quiz::run {
namespace {

namespace fs = std::filesystem;
using Paths = std::vector<fs::path>;

class ClosedDirectoriesTest : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() == 0) {
      // For root every directory is open. The saved user id stays, to come back.
      ASSERT_EQ(::chown(top_.c_str(), kNobody, kNobody), 0);
      ASSERT_EQ(::seteuid(kNobody), 0);
      was_root_ = true;
    }
    fs::create_directories(top_ / "shared/inner/me/work");
    fs::create_directories(top_ / "shared/you");
  }
  void TearDown() override {
    for (const char* name : {"shared", "shared/inner"}) ::chmod((top_ / name).c_str(), 0755);
    if (was_root_ && ::seteuid(0) != 0) FAIL() << "not root again";
  }
  void close(const char* name) { ASSERT_EQ(::chmod((top_ / name).c_str(), 0111), 0); }

  static constexpr uid_t kNobody = 65534;
  const base::TempDir scratch_{"/var/tmp", "quiz-unit-"};
  const fs::path top_ = fs::canonical(scratch_.path());
  bool was_root_ = false;
};

TEST_F(ClosedDirectoriesTest, AreNoneWhereAllCanBeListed) {
  const ClosedDirectories found = closed_directories({top_ / "shared/you", "/usr/bin", "/"});
  EXPECT_EQ(found.closed, Paths{});
  EXPECT_EQ(found.needed, Paths{});
}

TEST_F(ClosedDirectoriesTest, AreShownWithWhatTheRunNeedsOfThem) {
  close("shared");
  const ClosedDirectories found = closed_directories(
      {top_ / "shared/inner/me/work", top_ / "shared/you", top_ / "shared/inner/me"});
  EXPECT_EQ(found.closed, Paths{top_ / "shared"});
  EXPECT_EQ(found.needed, (Paths{top_ / "shared/inner", top_ / "shared/you"}));
}

TEST_F(ClosedDirectoriesTest, MayLieInOneAnother) {
  close("shared/inner");
  close("shared");
  const ClosedDirectories found = closed_directories({top_ / "shared/inner/me/work"});
  EXPECT_EQ(found.closed, Paths{top_ / "shared"});
  EXPECT_EQ(found.needed, Paths{top_ / "shared/inner/me"});
}

TEST_F(ClosedDirectoriesTest, DoNotCountWhatIsNotThereOrCannotBeEntered) {
  close("shared");
  const ClosedDirectories found =
      closed_directories({top_ / "shared/nothing", top_ / "nothing", top_ / "shared"});
  EXPECT_EQ(found.closed, Paths{}) << "the last can be named, if not listed";
  EXPECT_EQ(found.needed, Paths{});
}

}  // namespace
}  // namespace quiz::run
