#include "run/instance.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <functional>
#include <vector>

#include "base/error.h"
#include "base/pipe.h"

namespace quiz::run {
namespace {

namespace fs = std::filesystem;

/// A process that does `work` and then waits to be killed.
class Process {
 public:
  explicit Process(const std::function<void()>& work) {
    base::Pipe ready = base::make_pipe();
    pid_ = ::fork();
    if (pid_ == 0) {
      work();
      (void)!::write(ready.write_end.get(), "x", 1);
      for (;;) ::pause();
    }
    ready.write_end.reset();
    char byte = 0;
    EXPECT_EQ(::read(ready.read_end.get(), &byte, 1), 1) << "the process did not get there";
  }
  ~Process() { kill(); }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  pid_t pid_ = 0;
};

class InstanceTest : public testing::Test {
 protected:
  std::vector<fs::path> directories() const {
    std::vector<fs::path> found;
    if (!fs::exists(runtime_)) return found;
    for (const auto& entry : fs::directory_iterator(runtime_)) {
      if (entry.is_directory()) found.push_back(entry.path());
    }
    return found;
  }
  /// A process that has an instance.
  std::function<void()> owner() const {
    return [this] { new Instance(runtime_); };  // never destroyed: that process is killed
  }

  base::TempDir scratch_{fs::temp_directory_path(), "quiz-unit-"};
  fs::path runtime_ = scratch_.path() / "quiz";
};

TEST_F(InstanceTest, IsADirectoryThatNobodyElseEntersAndGoneAfterwards) {
  fs::path path;
  {
    const Instance instance(runtime_);
    path = instance.path();
    EXPECT_EQ(path, runtime_ / instance.id());
    struct stat status = {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0700U);
    EXPECT_TRUE(fs::is_empty(instance.mount_point()));
    base::write_file_atomically(path / "something", "left");
  }
  EXPECT_FALSE(fs::exists(path));
  EXPECT_FALSE(fs::exists(runtime_)) << "nobody needs it any more";
}

TEST_F(InstanceTest, LivesBesideOthers) {
  const Instance first(runtime_);
  const Instance second(runtime_);
  EXPECT_NE(first.id(), second.id());
  EXPECT_TRUE(fs::exists(first.path()));
  EXPECT_TRUE(fs::exists(second.path()));
  EXPECT_EQ(Instance::sweep(runtime_), 0) << "both live";
  EXPECT_EQ(directories().size(), 2U);
}

TEST_F(InstanceTest, OfAKilledProcessIsRemovedByTheNextOne) {
  Process dead(owner());
  ASSERT_EQ(directories().size(), 1U);
  const fs::path left = directories().front();
  dead.kill();
  EXPECT_TRUE(fs::exists(left));
  const Instance next(runtime_);
  EXPECT_FALSE(fs::exists(left));
  EXPECT_EQ(directories(), std::vector{next.path()});
}

TEST_F(InstanceTest, OfALivingProcessIsNeverRemoved) {
  const Process living(owner());
  const fs::path path = directories().at(0);
  Process dead(owner());
  dead.kill();
  EXPECT_EQ(Instance::sweep(runtime_), 1);
  EXPECT_EQ(directories(), std::vector{path});
  {
    const Instance next(runtime_);
  }
  EXPECT_TRUE(fs::exists(path));
}

TEST_F(InstanceTest, SweepsNothingWhereNothingIs) {
  EXPECT_EQ(Instance::sweep(runtime_), 0);
  EXPECT_FALSE(fs::exists(runtime_)) << "and makes nothing";
}

TEST_F(InstanceTest, LeavesAloneWhatIsNoInstance) {
  {
    const Instance makes_the_directory(runtime_);
    base::write_file_atomically(runtime_ / "file", "x");
  }
  EXPECT_EQ(Instance::sweep(runtime_), 0);
  EXPECT_TRUE(fs::exists(runtime_ / "file"));
}

TEST_F(InstanceTest, RefusesARuntimeDirectoryThatOthersMayWrite) {
  fs::create_directory(runtime_);
  fs::permissions(runtime_, fs::perms::all);
  EXPECT_THROW(Instance{runtime_}, base::Error);
  EXPECT_TRUE(directories().empty());
}

TEST_F(InstanceTest, RefusesARuntimeDirectoryThatIsALinkElsewhere) {
  fs::create_directory(scratch_.path() / "elsewhere");
  fs::create_symlink(scratch_.path() / "elsewhere", runtime_);
  EXPECT_THROW(Instance{runtime_}, base::Error);
  EXPECT_TRUE(fs::is_empty(scratch_.path() / "elsewhere"));
}

// --- large files -------------------------------------------------------------------------------

class LargeFilesTest : public InstanceTest {
 protected:
  LargeFilesTest() { paths_.cache = scratch_.path() / "home" / "cache"; }
  base::Paths paths_;
};

TEST_F(LargeFilesTest, AreInADirectoryOfTheirOwnInTheCacheAndGoWithIt) {
  {
    const auto directory = make_large_files(paths_);
    EXPECT_EQ(directory->path().parent_path(), large_files(paths_));
    EXPECT_EQ(large_files(paths_).parent_path(), paths_.cache);
    EXPECT_EQ(fs::status(directory->path()).permissions(), fs::perms::owner_all);
    base::write_file_atomically(directory->path() / "disk", "left");
    EXPECT_EQ(sweep_elsewhere(paths_), 0) << "it lives";
    EXPECT_TRUE(fs::exists(directory->path() / "disk"));
  }
  EXPECT_TRUE(fs::is_empty(paths_.cache));
}

TEST_F(LargeFilesTest, OfAKilledProcessAreSwept) {
  Process dead([this] {
    const auto* directory = make_large_files(paths_).release();
    base::write_file_atomically(directory->path() / "disk", "left");
  });
  EXPECT_EQ(sweep_elsewhere(paths_), 0);
  dead.kill();
  EXPECT_EQ(sweep_elsewhere(paths_), 1);
  EXPECT_TRUE(fs::is_empty(paths_.cache));
}

TEST_F(LargeFilesTest, ThatCannotBeSweptAreNoMatterForARunWithoutAny) {
  EXPECT_EQ(sweep_elsewhere(paths_), 0);
  EXPECT_FALSE(fs::exists(paths_.cache)) << "and nothing is made";
  fs::create_directories(large_files(paths_));
  fs::permissions(large_files(paths_), fs::perms::all);
  EXPECT_EQ(sweep_elsewhere(paths_), 0);
  EXPECT_THROW(make_large_files(paths_), base::Error);
}

TEST_F(LargeFilesTest, AreSweptWithWhatIsInOtherRuntimeDirectories) {
  const fs::path runtime = paths_.cache / base::kRuntimeInCache;
  paths_.other_runtimes = {runtime, paths_.cache / "missing"};
  {
    const Instance instance(runtime);
    EXPECT_EQ(sweep_elsewhere(paths_), 0) << "it lives";
  }
  fs::create_directories(runtime / "dead");
  fs::permissions(runtime, fs::perms::owner_all);
  EXPECT_EQ(sweep_elsewhere(paths_), 1);
  EXPECT_FALSE(fs::exists(runtime));
}

// Appearing, disappearing and being swept at the same time: none fails, none is taken for dead.
TEST_F(InstanceTest, ManyComeAndGoAtOnce) {
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i) {
    children.push_back(::fork());
    if (children.back() != 0) continue;
    int status = 0;
    try {
      for (int round = 0; round < 100; ++round) {
        const Instance instance(runtime_);
        if (!fs::exists(instance.mount_point())) status = 2;
      }
    } catch (const std::exception& error) {
      ::dprintf(2, "%s\n", error.what());
      status = 1;
    }
    ::_exit(status);
  }
  for (const pid_t child : children) {
    int raw = 0;
    ASSERT_EQ(::waitpid(child, &raw, 0), child);
    EXPECT_EQ(raw, 0);
  }
  EXPECT_FALSE(fs::exists(runtime_));
}

}  // namespace
}  // namespace quiz::run
