#include "base/ownership.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"

namespace quiz::base {
namespace {

TEST(Ownership, IsPrivateWhatNobodyElseMayUse) {
  const TempDir scratch(fs::temp_directory_path(), "quiz-unit-");
  const Fd file = open_file(scratch.path() / "file", O_RDWR | O_CREAT, 0600);
  EXPECT_EQ(why_not_private(file.get()), "");
  for (const mode_t mode : {0640U, 0604U, 0610U, 0602U}) {
    ASSERT_EQ(::fchmod(file.get(), mode), 0);
    EXPECT_EQ(why_not_private(file.get()), "is open to other users");
  }
  EXPECT_EQ(why_not_private(-1), "cannot be examined");
}

TEST(Ownership, IsNotPrivateWhatIsAnotherUsers) {
  const Fd file(::open("/etc/passwd", O_RDONLY | O_CLOEXEC));
  const TempDir scratch(fs::temp_directory_path(), "quiz-unit-");
  const Fd own = open_file(scratch.path() / "file", O_RDWR | O_CREAT, 0600);
  if (::geteuid() == 0) {
    ASSERT_EQ(::fchown(own.get(), 65534, 65534), 0);
  }
  EXPECT_EQ(why_not_private(::geteuid() == 0 ? own.get() : file.get()), "belongs to another user");
}

TEST(Ownership, DirectoriesAreMadePrivate) {
  const TempDir scratch(fs::temp_directory_path(), "quiz-unit-");
  make_private_directories(scratch.path() / "a/b");
  make_private_directories(scratch.path() / "a/b");
  for (const char* name : {"a", "a/b"}) {
    struct stat status = {};
    ASSERT_EQ(::stat((scratch.path() / name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0700U);
  }
}

TEST(Ownership, DirectoriesAreNotMadeInAnotherUsers) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can write to the directories of others";
  const TempDir scratch(fs::temp_directory_path(), "quiz-unit-");
  ASSERT_EQ(::chown(scratch.path().c_str(), 65534, 65534), 0);
  EXPECT_THROW(make_private_directories(scratch.path() / "a/b"), Error);
  EXPECT_TRUE(fs::is_empty(scratch.path()));
}

}  // namespace
}  // namespace quiz::base
