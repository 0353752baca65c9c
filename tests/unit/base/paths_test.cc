#include "base/paths.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/error.h"
#include "base/files.h"

namespace quiz::base {
namespace {

/// Every test begins with HOME=/home/someone and no XDG variable. (ctest runs each in a process of
/// its own.)
class PathsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name :
         {"XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"}) {
      ::unsetenv(name);
    }
    ::setenv("HOME", "/home/someone", 1);
  }
  static Paths find_paths() { return base::find_paths(temporary().path()); }
  static const TempDir& temporary() {
    static const TempDir directory(fs::temp_directory_path(), "quiz-unit-");
    return directory;
  }
  const fs::path fallback_ = temporary().path() / ("quiz-" + std::to_string(::geteuid()));
};

TEST_F(PathsTest, FollowHomeWhenNothingIsSet) {
  const Paths paths = find_paths();
  EXPECT_EQ(paths.config, "/home/someone/.config/quiz");
  EXPECT_EQ(paths.data, "/home/someone/.local/share/quiz");
  EXPECT_EQ(paths.cache, "/home/someone/.cache/quiz");
  EXPECT_EQ(paths.runtime, fallback_);
}

TEST_F(PathsTest, FollowTheXdgVariables) {
  const TempDir runtime(fs::temp_directory_path(), "quiz-unit-");
  ::setenv("XDG_CONFIG_HOME", "/c", 1);
  ::setenv("XDG_DATA_HOME", "/d", 1);
  ::setenv("XDG_CACHE_HOME", "/e", 1);
  ::setenv("XDG_RUNTIME_DIR", runtime.path().c_str(), 1);
  const Paths paths = find_paths();
  EXPECT_EQ(paths.config, "/c/quiz");
  EXPECT_EQ(paths.data, "/d/quiz");
  EXPECT_EQ(paths.cache, "/e/quiz");
  EXPECT_EQ(paths.runtime, runtime.path() / "quiz");
}

TEST_F(PathsTest, IgnoreRelativeAndEmptyValues) {
  ::setenv("XDG_CONFIG_HOME", "relative/config", 1);
  ::setenv("XDG_DATA_HOME", "", 1);
  const Paths paths = find_paths();
  EXPECT_EQ(paths.config, "/home/someone/.config/quiz");
  EXPECT_EQ(paths.data, "/home/someone/.local/share/quiz");
}

TEST_F(PathsTest, IgnoreARuntimeDirectoryThatIsMissingOrAnotherUsers) {
  ::setenv("XDG_RUNTIME_DIR", "/nonexistent-quiz", 1);
  EXPECT_EQ(find_paths().runtime, fallback_);
  ::setenv("XDG_RUNTIME_DIR", "/etc/passwd", 1);
  EXPECT_EQ(find_paths().runtime, fallback_);
  const TempDir directory(fs::temp_directory_path(), "quiz-unit-");
  const bool other = ::geteuid() == 0 && ::chown(directory.path().c_str(), 65534, 65534) == 0;
  ::setenv("XDG_RUNTIME_DIR", other ? directory.path().c_str() : "/usr", 1);
  EXPECT_EQ(find_paths().runtime, fallback_);
}

// In /tmp anybody may have made the directory first: that must not keep the caller from working.
TEST_F(PathsTest, LeaveADirectoryInTmpThatIsNotTheCallersAloneToWhoeverMadeIt) {
  const fs::path own = fs::path("/home/someone/.cache/quiz") / kRuntimeInCache;
  make_directories(fallback_, 0700);
  EXPECT_EQ(find_paths().runtime, fallback_);
  EXPECT_EQ(find_paths().other_runtimes, std::vector{own}) << "from when it was somebody else's";
  EXPECT_TRUE(find_paths().details.empty());
  fs::permissions(fallback_, fs::perms::all);
  EXPECT_EQ(find_paths().runtime, own);
  EXPECT_EQ(find_paths().details.size(), 1U);
  fs::remove(fallback_);
  fs::create_directory_symlink("/", fallback_);
  EXPECT_EQ(find_paths().runtime, own);
  fs::remove(fallback_);
  write_file_atomically(fallback_, "");
  EXPECT_EQ(find_paths().runtime, own);
  fs::remove(fallback_);
  if (::geteuid() == 0) {
    make_directories(fallback_, 0700);
    ASSERT_EQ(::chown(fallback_.c_str(), 12345, 12345), 0);
    EXPECT_EQ(find_paths().runtime, own);
    fs::remove(fallback_);
  }
  EXPECT_EQ(find_paths().runtime, fallback_);
}

TEST_F(PathsTest, AnothersRuntimeDirectoriesAreNotLookedInto) {
  const TempDir directory(fs::temp_directory_path(), "quiz-unit-");
  Paths paths;
  paths.runtime = directory.path() / "own";
  paths.other_runtimes = {directory.path() / "others", directory.path() / "link",
                          directory.path() / "missing"};
  make_directories(paths.runtime, 0700);
  make_directories(directory.path() / "others", 0700);
  fs::create_directory_symlink(paths.runtime, directory.path() / "link");
  EXPECT_EQ(own_runtimes(paths), (std::vector{directory.path() / "others", paths.runtime}));
  fs::permissions(directory.path() / "others", fs::perms::all);
  EXPECT_EQ(own_runtimes(paths), std::vector{paths.runtime});
}

// sudo -E: the user would choose what root boots, believes and runs.
TEST_F(PathsTest, PassOverDirectoriesOfAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can make another user's directory";
  const TempDir alice(fs::temp_directory_path(), "quiz-unit-");
  ASSERT_EQ(::chown(alice.path().c_str(), 12345, 12345), 0);
  ::setenv("HOME", alice.path().c_str(), 1);
  const Paths paths = find_paths();
  EXPECT_EQ(paths.config, "/root/.config/quiz");
  EXPECT_EQ(paths.data, "/root/.local/share/quiz");
  EXPECT_EQ(paths.cache, "/root/.cache/quiz");
  EXPECT_EQ(paths.warnings,
            std::vector{"HOME=" + alice.path().string() +
                        " is not used: it belongs to uid 12345, not to you or root"});
  ::setenv("HOME", "/home/someone", 1);
  ::setenv("XDG_DATA_HOME", alice.path().c_str(), 1);
  EXPECT_EQ(find_paths().data, "/home/someone/.local/share/quiz");
  EXPECT_EQ(find_paths().config, "/home/someone/.config/quiz");
}

TEST_F(PathsTest, PassOverADirectoryOfAnotherUserFurtherDown) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can make another user's directory";
  const TempDir home(fs::temp_directory_path(), "quiz-unit-");
  make_directories(home.path() / ".cache" / "quiz");
  ::setenv("HOME", home.path().c_str(), 1);
  EXPECT_TRUE(find_paths().warnings.empty());
  for (const fs::path& path : {home.path() / ".cache" / "quiz", home.path() / ".cache"}) {
    ASSERT_EQ(::chown(path.c_str(), 12345, 12345), 0);
    EXPECT_EQ(find_paths().cache, "/root/.cache/quiz");
    EXPECT_EQ(find_paths().data, home.path() / ".local/share/quiz");
    ASSERT_EQ(::chown(path.c_str(), 0, 0), 0);
  }
}

TEST_F(PathsTest, TakeTheHomeOfThePasswordDatabaseWithoutHome) {
  ::unsetenv("HOME");
  if (::geteuid() == 0) {
    EXPECT_EQ(find_paths().config, "/root/.config/quiz");
  }
  ::setenv("HOME", "relative", 1);
  if (::geteuid() == 0) {
    EXPECT_EQ(find_paths().config, "/root/.config/quiz");
  }
}

TEST(PreparePrivateDirectory, MakesItForTheCallerAlone) {
  const TempDir parent(fs::temp_directory_path(), "quiz-unit-");
  const fs::path path = parent.path() / "quiz";
  prepare_private_directory(path);
  struct stat status = {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700U);
  prepare_private_directory(path);
}

TEST(PreparePrivateDirectory, RefusesWhatOthersMayHavePlanted) {
  const TempDir parent(fs::temp_directory_path(), "quiz-unit-");
  make_directories(parent.path() / "real", 0700);
  fs::create_directory_symlink(parent.path() / "real", parent.path() / "link");
  EXPECT_THROW(prepare_private_directory(parent.path() / "link"), Error);
  write_file_atomically(parent.path() / "file", "x");
  EXPECT_THROW(prepare_private_directory(parent.path() / "file"), Error);
  fs::permissions(parent.path() / "real", fs::perms::all);
  EXPECT_THROW(prepare_private_directory(parent.path() / "real"), Error);
  EXPECT_THROW(prepare_private_directory(parent.path() / "missing/quiz"), SystemError);
  if (::geteuid() == 0) {
    fs::permissions(parent.path() / "real", fs::perms::owner_all);
    ASSERT_EQ(::chown((parent.path() / "real").c_str(), 65534, 65534), 0);
    EXPECT_THROW(prepare_private_directory(parent.path() / "real"), Error);
  }
}

}  // namespace
}  // namespace quiz::base
