#include "base/beneath.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <string>

#include "base/error.h"
#include "base/files.h"

namespace quiz::base {
namespace {

using Opener = Fd (*)(int, const fs::path&, int, mode_t);

/// Both ways must do the same: by openat2(2), and where there is none.
class BeneathTest : public testing::TestWithParam<Opener> {
 protected:
  BeneathTest() {
    make_directories(inside_ / "deep/deeper");
    std::ofstream(inside_ / "deep/file") << "inside";
    std::ofstream(scratch_.path() / "outside") << "outside";
    directory_ = open_file(inside_, O_PATH | O_DIRECTORY);
  }
  Fd open(const fs::path& relative, int flags = O_RDONLY) const {
    return GetParam()(directory_.get(), relative, flags, 0600);
  }
  /// The content of the file, or errno's name for why there is none.
  std::string read(const fs::path& relative, int flags = O_RDONLY) const {
    const Fd fd = open(relative, flags);
    if (!fd) return strerrorname_np(errno);
    char buffer[16] = {};
    return ::read(fd.get(), buffer, sizeof buffer - 1) >= 0 ? buffer : "unreadable";
  }

  TempDir scratch_{fs::temp_directory_path(), "quiz-unit-"};
  fs::path inside_ = scratch_.path() / "inside";
  Fd directory_;
};

INSTANTIATE_TEST_SUITE_P(Both, BeneathTest,
                         testing::Values(&open_beneath_quietly, &open_beneath_by_steps),
                         [](const auto& information) {
                           return information.index == 0 ? "AtOnce" : "BySteps";
                         });

TEST_P(BeneathTest, OpensWhatIsThere) {
  EXPECT_EQ(read("deep/file"), "inside");
  EXPECT_EQ(read("./deep/./file"), "inside");
  EXPECT_TRUE(open(".", O_RDONLY | O_DIRECTORY));
  EXPECT_TRUE(open("deep/", O_RDONLY | O_DIRECTORY));
  EXPECT_TRUE(open("deep/file", O_PATH));
  EXPECT_EQ(read("deep/missing"), "ENOENT");
  EXPECT_EQ(read("missing/file"), "ENOENT");
  EXPECT_EQ(read("deep/file/more"), "ENOTDIR");
  EXPECT_EQ(read("deep/file", O_RDONLY | O_DIRECTORY), "ENOTDIR");
  EXPECT_EQ(read(""), "ENOENT");
}

TEST_P(BeneathTest, MakesFilesOfTheModeThatIsAskedFor) {
  const Fd fd = open("deep/new", O_WRONLY | O_CREAT | O_EXCL);
  struct stat status = {};
  ASSERT_EQ(::fstat(fd.get(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  EXPECT_NE(::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_EQ(read("deep/new", O_WRONLY | O_CREAT | O_EXCL), "EEXIST");
}

TEST_P(BeneathTest, FollowsNoLinkWhereverItStands) {
  fs::create_symlink("deep/file", inside_ / "link");
  fs::create_symlink("deep", inside_ / "way");
  fs::create_symlink("/", inside_ / "root");
  fs::create_symlink("../outside", inside_ / "out");
  fs::create_symlink("nowhere", inside_ / "dangling");
  for (const char* name :
       {"link", "way/file", "root", "root/etc/passwd", "out", "dangling", "way/deeper"}) {
    EXPECT_EQ(read(name), "ELOOP") << name;
    EXPECT_EQ(read(name, O_RDONLY | O_NOFOLLOW), "ELOOP") << name;
    EXPECT_EQ(read(name, O_PATH), "ELOOP") << name;
    EXPECT_EQ(read(name, O_PATH | O_NOFOLLOW), "ELOOP") << name;
  }
  EXPECT_EQ(read("way", O_RDONLY | O_DIRECTORY), "ELOOP");
  EXPECT_EQ(read("out", O_WRONLY | O_CREAT | O_TRUNC), "ELOOP");
  EXPECT_EQ(read("dangling", O_WRONLY | O_CREAT), "ELOOP");
  EXPECT_EQ(read("out", O_WRONLY | O_CREAT | O_EXCL), "EEXIST");
  EXPECT_FALSE(fs::exists(inside_ / "nowhere"));
  EXPECT_EQ(read_file(scratch_.path() / "outside"), "outside");
}

TEST_P(BeneathTest, LeavesByNoWay) {
  for (const char* name : {"/etc/passwd", "..", "../outside", "deep/../../outside", "/", "deep/..",
                           "deep/../deep/file"}) {
    EXPECT_EQ(read(name), "EXDEV") << name;
    EXPECT_EQ(read(name, O_WRONLY | O_CREAT), "EXDEV") << name;
  }
}

TEST(Beneath, ARefusalSaysWhichFileAndWhy) {
  const TempDir scratch(fs::temp_directory_path(), "quiz-unit-");
  std::ofstream(scratch.path() / "file") << "inside";
  fs::create_symlink("file", scratch.path() / "link");
  const Fd directory = open_file(scratch.path(), O_RDONLY | O_DIRECTORY);
  try {
    open_beneath(directory.get(), "link", O_RDONLY);
    FAIL() << "it was opened";
  } catch (const SystemError& error) {
    EXPECT_EQ(error.error_number(), ELOOP);
    EXPECT_NE(error.message().find((scratch.path() / "link").string()), std::string::npos)
        << error.message();
  }
  EXPECT_TRUE(open_beneath(directory.get(), "file", O_RDONLY));
}

TEST(Beneath, RemovesATreeAndNothingThatItsLinksLeadTo) {
  const TempDir scratch(fs::temp_directory_path(), "quiz-unit-");
  make_directories(scratch.path() / "tree/deep/deeper");
  make_directories(scratch.path() / "precious");
  for (const char* name : {"tree/file", "tree/deep/deeper/file", "precious/file"}) {
    std::ofstream(scratch.path() / name) << "x";
  }
  fs::create_symlink("../../precious", scratch.path() / "tree/deep/link");
  fs::create_symlink("precious", scratch.path() / "link");
  const Fd directory = open_file(scratch.path(), O_RDONLY | O_DIRECTORY);
  for (const char* name : {"tree", "link", "missing"}) {
    EXPECT_TRUE(remove_beneath(directory.get(), name)) << name;
    EXPECT_FALSE(fs::exists(fs::symlink_status(scratch.path() / name))) << name;
  }
  EXPECT_TRUE(fs::exists(scratch.path() / "precious/file"));
}

}  // namespace
}  // namespace quiz::base
