#include "base/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cstdlib>
#include <functional>
#include <iterator>

#include "base/error.h"

namespace quiz::base {
namespace {

std::ptrdiff_t entries(const fs::path& directory) {
  return std::distance(fs::directory_iterator(directory), fs::directory_iterator());
}

mode_t mode_of(const fs::path& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

TempDir scratch() { return TempDir(fs::temp_directory_path(), "quiz-unit-"); }

/// Runs `body` in a child process as the user nobody where we are root; true if it returned true.
bool as_ordinary_user(const std::function<bool()>& body) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    bool good = false;
    try {
      const bool dropped = ::geteuid() != 0 || (::setgid(65534) == 0 && ::setuid(65534) == 0);
      good = dropped && body();
    } catch (...) {
      good = false;
    }
    ::_exit(good ? 0 : 1);
  }
  int raw = 0;
  ::waitpid(pid, &raw, 0);
  return WIFEXITED(raw) && WEXITSTATUS(raw) == 0;
}

TEST(TempDir, IsPrivateAndGoneWithItsContent) {
  fs::path path;
  {
    const TempDir directory = scratch();
    path = directory.path();
    EXPECT_EQ(mode_of(path), 0700U);
    make_directories(path / "a/b/c");
    write_file_atomically(path / "a/b/c/file", "x");
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(TempDir, HasOneOwnerAfterAMove) {
  TempDir first = scratch();
  const fs::path path = first.path();
  {
    const TempDir second(std::move(first));
    EXPECT_EQ(second.path(), path);
    EXPECT_TRUE(first.path().empty());  // NOLINT(bugprone-use-after-move): that is the promise
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(TempDir, RemovesWhatItHeldWhenAssigned) {
  TempDir target = scratch();
  const fs::path old = target.path();
  TempDir source = scratch();
  const fs::path fresh = source.path();
  target = std::move(source);
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(fresh));
}

TEST(TempDir, SurvivesSelfMove) {
  TempDir directory = scratch();
  TempDir& same = directory;
  directory = std::move(same);
  EXPECT_TRUE(fs::is_directory(directory.path()));
}

TEST(TempDir, StaysAfterItWasRenamed) {
  const TempDir parent = scratch();
  {
    TempDir inner(parent.path());
    write_file_atomically(inner.path() / "file", "x");
    inner.rename_to(parent.path() / "kept");
  }
  EXPECT_EQ(read_file(parent.path() / "kept/file"), "x");
  EXPECT_EQ(entries(parent.path()), 1);
}

TEST(TempDir, IsRemovedWhenItCannotBeRenamed) {
  const TempDir parent = scratch();
  make_directories(parent.path() / "taken/full");
  {
    TempDir inner(parent.path());
    EXPECT_THROW(inner.rename_to(parent.path() / "taken"), SystemError);
  }
  EXPECT_EQ(entries(parent.path()), 1);
}

TEST(TempDir, ThrowsWhereItsParentIsMissing) {
  EXPECT_THROW(TempDir("/nonexistent-quiz"), SystemError);
}

TEST(RemoveAllQuietly, EntersDirectoriesWithoutPermissions) {
  const TempDir parent = scratch();
  fs::permissions(parent.path(), fs::perms::all);
  EXPECT_TRUE(as_ordinary_user([&] {
    const fs::path top = parent.path() / "top";
    make_directories(top / "locked/inner");
    write_file_atomically(top / "locked/inner/file", "x");
    for (const char* path : {"locked/inner", "locked", "."}) {
      fs::permissions(top / path, fs::perms::none);
    }
    remove_all_quietly(top);
    return !fs::exists(top);
  }));
}

TEST(RemoveAllQuietly, RemovesALinkAndNotItsTarget) {
  const TempDir parent = scratch();
  make_directories(parent.path() / "target");
  make_directories(parent.path() / "top");
  fs::create_directory_symlink(parent.path() / "target", parent.path() / "top/link");
  remove_all_quietly(parent.path() / "top");
  EXPECT_TRUE(fs::exists(parent.path() / "target"));
  EXPECT_FALSE(fs::exists(parent.path() / "top"));
}

TEST(ReadFile, ReturnsAllBytes) {
  const TempDir directory = scratch();
  std::string data(300'000, 'a');
  data[5] = '\0';
  write_file_atomically(directory.path() / "file", data);
  EXPECT_EQ(read_file(directory.path() / "file"), data);
  EXPECT_FALSE(read_file("/proc/self/status").empty()) << "a file whose size is given as 0";
}

TEST(ReadFile, RefusesMoreThanTheLimit) {
  const TempDir directory = scratch();
  write_file_atomically(directory.path() / "file", "12345");
  EXPECT_EQ(read_file(directory.path() / "file", 5), "12345");
  EXPECT_THROW(read_file(directory.path() / "file", 4), Error);
  EXPECT_THROW(read_file("/dev/zero", 1 << 20), Error);
}

TEST(ReadFile, NamesTheFileThatIsMissing) {
  try {
    read_file("/nonexistent/quiz");
    FAIL();
  } catch (const SystemError& error) {
    EXPECT_EQ(error.message(), "cannot open /nonexistent/quiz: No such file or directory");
    EXPECT_EQ(error.error_number(), ENOENT);
  }
  EXPECT_THROW(read_file("/tmp"), SystemError) << "a directory";
  EXPECT_EQ(read_file_if_exists("/nonexistent/quiz"), std::nullopt);
  EXPECT_EQ(read_file_if_exists("/dev/null/quiz"), std::nullopt);
}

TEST(WriteFileAtomically, ReplacesTheContentAndSetsTheMode) {
  const TempDir directory = scratch();
  const fs::path path = directory.path() / "file";
  write_file_atomically(path, "old");
  EXPECT_EQ(mode_of(path), 0644U);
  write_file_atomically(path, "new", 0600);
  EXPECT_EQ(read_file(path), "new");
  EXPECT_EQ(mode_of(path), 0600U);
  EXPECT_EQ(entries(directory.path()), 1);
}

TEST(WriteFileAtomically, LeavesNothingWhenItCannotRename) {
  const TempDir directory = scratch();
  make_directories(directory.path() / "file/inner");
  EXPECT_THROW(write_file_atomically(directory.path() / "file", "x"), SystemError);
  EXPECT_EQ(entries(directory.path()), 1);
  EXPECT_THROW(write_file_atomically(directory.path() / "missing/file", "x"), SystemError);
  EXPECT_EQ(entries(directory.path()), 1);
}

TEST(WriteFileAtomically, KeepsTheOldContentOnAFullDisk) {
  if (::geteuid() != 0) GTEST_SKIP() << "mounting a small tmpfs takes root";
  const TempDir directory = scratch();
  ASSERT_EQ(::mount("none", directory.path().c_str(), "tmpfs", 0, "size=64k"), 0);
  const fs::path path = directory.path() / "file";
  write_file_atomically(path, "old");
  try {
    write_file_atomically(path, std::string(1 << 20, 'x'));
    ADD_FAILURE() << "a megabyte went into 64 KiB";
  } catch (const SystemError& error) {
    EXPECT_EQ(error.error_number(), ENOSPC);
  }
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(entries(directory.path()), 1);
  EXPECT_LE(free_bytes(directory.path()), 64U << 10);
  ::umount(directory.path().c_str());
}

TEST(MakeDirectories, MakesParentsAndAcceptsWhatIsThere) {
  const TempDir directory = scratch();
  make_directories(directory.path() / "a/b/c", 0700);
  make_directories(directory.path() / "a/b/c/");
  EXPECT_EQ(mode_of(directory.path() / "a/b/c"), 0700U);
}

TEST(MakeDirectories, ThrowsSystemErrorWhereItCannot) {
  const TempDir directory = scratch();
  write_file_atomically(directory.path() / "file", "x");
  EXPECT_THROW(make_directories(directory.path() / "file"), SystemError);
  EXPECT_THROW(make_directories(directory.path() / "file/below"), SystemError);
  fs::create_symlink("loop", directory.path() / "loop");
  EXPECT_THROW(make_directories(directory.path() / "loop/below"), SystemError);
  EXPECT_THROW(make_directories(directory.path() / std::string(300, 'n')), SystemError);
}

TEST(FileLock, ExcludesOthersUntilItsEnd) {
  const TempDir directory = scratch();
  const fs::path path = directory.path() / "lock";
  {
    const FileLock lock = FileLock::acquire(path);
    EXPECT_FALSE(FileLock::try_acquire(path));
  }
  EXPECT_TRUE(FileLock::try_acquire(path));
}

TEST(FileLock, IsReleasedByTheDeathOfItsHolder) {
  const TempDir directory = scratch();
  const fs::path path = directory.path() / "lock";
  const pid_t pid = ::fork();
  if (pid == 0) {
    const FileLock lock = FileLock::acquire(path);
    ::kill(::getpid(), SIGKILL);
    ::_exit(0);
  }
  ::waitpid(pid, nullptr, 0);
  EXPECT_TRUE(FileLock::try_acquire(path));
}

TEST(FileLock, IsNeverOnARemovedFile) {
  const TempDir directory = scratch();
  const fs::path path = directory.path() / "lock";
  const FileLock lock = FileLock::acquire(path);
  fs::remove(path);
  const auto second = FileLock::try_acquire(path);
  ASSERT_TRUE(second);
  EXPECT_FALSE(FileLock::try_acquire(path));
}

TEST(FileLock, OnADirectoryNeedsNoFile) {
  const TempDir directory = scratch();
  const FileLock lock = FileLock::acquire_directory(directory.path());
  EXPECT_TRUE(fs::is_empty(directory.path()));
  const pid_t pid = ::fork();
  if (pid == 0) {
    const int other = ::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ::_exit(::flock(other, LOCK_EX | LOCK_NB) == 0 ? 1 : 0);
  }
  int status = -1;
  ::waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(FileLock, ThrowsWhereThereIsNoDirectory) {
  EXPECT_THROW(FileLock::acquire_directory("/nonexistent-quiz"), SystemError);
  EXPECT_FALSE(fs::exists("/nonexistent-quiz"));
}

TEST(FileLock, ThrowsWhereTheFileCannotBeMade) {
  EXPECT_THROW(FileLock::acquire("/nonexistent-quiz/lock"), SystemError);
  EXPECT_THROW(FileLock::try_acquire("/nonexistent-quiz/lock"), SystemError);
}

TEST(FreeBytes, LooksAtTheNearestParentThatExists) {
  EXPECT_GT(free_bytes("/tmp"), 0U);
  EXPECT_GT(free_bytes("/tmp/quiz-missing/a/b"), 0U);
  EXPECT_GT(free_bytes(fs::path("/tmp") / std::string(300, 'n') / "x"), 0U);
}

}  // namespace
}  // namespace quiz::base
