#include "qemu/warm_image.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cerrno>
#include <fstream>

#include "base/error.h"
#include "base/files.h"

namespace {
enum class FileSystem { local, nfs, without_locks } file_system = FileSystem::local;
}

/// In the C library's place: other file systems as they answer. NFS makes a lock on a file one for
/// byte ranges, which only a writer may have exclusively (flock(2)).
extern "C" int flock(int fd, int operation) noexcept {
  struct stat status = {};
  if (file_system != FileSystem::local && ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
    const bool writable = (::fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY;
    errno = file_system == FileSystem::without_locks  ? ENOLCK
            : (operation & LOCK_EX) != 0 && !writable ? EBADF
                                                      : 0;
    if (errno != 0) return -1;
  }
  return static_cast<int>(::syscall(SYS_flock, fd, operation));
}

namespace quiz::qemu {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMemory = 64 << 20;

class WarmImagesTest : public testing::Test {
 protected:
  WarmImages images(std::uint64_t limit = std::uint64_t{1} << 40) const {
    return {scratch_.path() / "warm", limit};
  }
  /// Makes an image as a machine does.
  void make(const std::string& key, std::size_t touched = 4096) const {
    auto draft = images().begin(key, kMemory);
    ASSERT_TRUE(draft);
    std::ofstream(draft->memory(), std::ios::in | std::ios::out) << std::string(touched, 'x');
    base::write_all(draft->state(), "devices", "state");
    images().publish(std::move(draft), std::string("hello\0!", 7));
  }
  fs::path part(const std::string& key, const std::string& name) const {
    return scratch_.path() / "warm" / key / name;
  }
  std::string reason(const std::string& key) const {
    const auto finding = images().find(key);
    return finding.image ? "there is one" : finding.reason;
  }

  void TearDown() override { file_system = FileSystem::local; }

  base::TempDir scratch_{fs::temp_directory_path(), "quiz-unit-"};
};

TEST_F(WarmImagesTest, AreFoundAsTheyWerePublished) {
  EXPECT_EQ(reason("k"), "there is none yet");
  make("k");
  const auto finding = images().find("k");
  ASSERT_TRUE(finding.image);
  EXPECT_EQ(finding.image->hello, std::string("hello\0!", 7));
  EXPECT_EQ(base::read_file(finding.image->memory).substr(0, 2), "xx");
  EXPECT_EQ(fs::file_size(finding.image->memory), kMemory);
  char state[16] = {};
  EXPECT_EQ(::read(finding.image->state.get(), state, sizeof state), 7);
  EXPECT_STREQ(state, "devices");
  EXPECT_EQ(reason("other"), "there is none yet");
}

TEST_F(WarmImagesTest, TakeNoMoreSpaceThanWasTouched) {
  make("k");
  const auto summary = images().summary();
  EXPECT_EQ(summary.count, 1U);
  EXPECT_LT(summary.bytes, kMemory / 8);
}

// A project's file says how large a machine is, and which kernel options make it use all of that.
TEST_F(WarmImagesTest, AreNotKeptWhereOneAloneIsMoreThanAllMayBe) {
  constexpr std::uint64_t kLimit = 1 << 20;
  auto draft = images(kLimit).begin("k", kMemory);
  ASSERT_TRUE(draft);
  std::ofstream(draft->memory(), std::ios::in | std::ios::out) << std::string(2 * kLimit, 'x');
  EXPECT_THROW(images(kLimit).publish(std::move(draft), "hello"), base::Error);
  EXPECT_EQ(images().summary().count, 0U);
  EXPECT_TRUE(fs::is_empty(scratch_.path() / "warm"));
}

TEST_F(WarmImagesTest, GoWithoutATraceUnlessPublished) {
  {
    const auto draft = images().begin("k", kMemory);
  }
  EXPECT_TRUE(fs::is_empty(scratch_.path() / "warm"));
  EXPECT_EQ(reason("k"), "there is none yet");
}

TEST_F(WarmImagesTest, AreMadeByOneAtATime) {
  const auto first = images().begin("k", kMemory);
  EXPECT_FALSE(images().begin("k", kMemory));
  EXPECT_TRUE(images().begin("other", kMemory));
}

TEST_F(WarmImagesTest, AreMadeAnewWhereAMakerWasKilled) {
  fs::create_directories(part("k.draft", ""));
  std::ofstream(part("k.draft", "memory")) << "half";
  std::ofstream(part("k.draft", "manifest")) << "half";
  make("k");
  EXPECT_EQ(reason("k"), "there is one");
  fs::create_directories(part("dead.draft", ""));
  make("other");
  EXPECT_FALSE(fs::exists(part("dead.draft", "")));
}

TEST_F(WarmImagesTest, NoticeEveryDamage) {
  const auto damage = [&](const std::string& name,
                          const std::function<void(const fs::path&)>& how) {
    make("k");
    EXPECT_EQ(reason("k"), "there is one");
    how(part("k", name));
    return reason("k");
  };
  const auto flip = [](const fs::path& file) {
    std::string content = base::read_file(file);
    content[content.size() / 2] = static_cast<char>(content[content.size() / 2] ^ 1);
    std::ofstream(file, std::ios::binary) << content;
  };
  const auto truncate = [](const fs::path& file) { fs::resize_file(file, 3); };
  const auto remove = [](const fs::path& file) { fs::remove(file); };
  EXPECT_EQ(damage("state", flip), "its state is damaged");
  EXPECT_EQ(damage("state", truncate), "its state is damaged");
  EXPECT_EQ(damage("state", remove), "it cannot be read");
  EXPECT_EQ(damage("manifest", flip), "its manifest is damaged");
  EXPECT_EQ(damage("manifest", truncate), "its manifest is damaged");
  EXPECT_EQ(damage("manifest", remove), "its manifest is damaged");
  EXPECT_EQ(damage("memory", truncate), "its memory was written to");
  EXPECT_EQ(damage("memory", remove), "its memory cannot be read");
  EXPECT_EQ(damage("memory",
                   [](const fs::path& file) {
                     std::ofstream(file, std::ios::in | std::ios::out) << "y";
                   }),
            "its memory was written to");
  EXPECT_EQ(damage("memory",
                   [](const fs::path& file) {  // even with its times set back
                     struct stat before = {};
                     ::stat(file.c_str(), &before);
                     std::ofstream(file, std::ios::in | std::ios::out) << "y";
                     const timespec times[2] = {before.st_atim, before.st_mtim};
                     ::utimensat(AT_FDCWD, file.c_str(), times, 0);
                   }),
            "its memory was written to");
  EXPECT_EQ(damage("memory",
                   [](const fs::path& file) {
                     fs::copy_file(file, file.string() + "2");
                     fs::rename(file.string() + "2", file);
                   }),
            "its memory was written to");
}

TEST_F(WarmImagesTest, InUseAreNeitherRemovedNorReplaced) {
  make("k");
  auto finding = images().find("k");
  images().forget("k");
  EXPECT_EQ(images().clear().count, 0U);
  EXPECT_EQ(reason("k"), "there is one");
  auto draft = images().begin("k", kMemory);
  ASSERT_TRUE(draft);
  EXPECT_THROW(images().publish(std::move(draft), "h"), base::Error);
  EXPECT_EQ(reason("k"), "there is one");
  finding.image.reset();
  EXPECT_EQ(images().clear().count, 1U);
  EXPECT_EQ(reason("k"), "there is none yet");
}

TEST_F(WarmImagesTest, AreReplacedOnNfsToo) {
  file_system = FileSystem::nfs;
  make("k");
  make("k");
  {
    const auto finding = images().find("k");
    ASSERT_TRUE(finding.image);
    images().forget("k");
    EXPECT_EQ(reason("k"), "there is one");
  }
  images().forget("k");
  EXPECT_EQ(reason("k"), "there is none yet");
}

TEST_F(WarmImagesTest, AreNotMadeWhereNothingCanBeLockedButGo) {
  make("k");
  file_system = FileSystem::without_locks;
  EXPECT_THROW(images().begin("other", kMemory), base::Error);
  EXPECT_EQ(images().clear().count, 1U);
  EXPECT_TRUE(fs::is_empty(scratch_.path() / "warm"));
}

TEST_F(WarmImagesTest, TheDraftOfAMachineThatStaysHasItsSpace) {
  const auto draft = images().begin("k", kMemory);
  std::ofstream(draft->memory(), std::ios::in | std::ios::out) << "written";
  ASSERT_TRUE(draft->reserve());
  struct stat status = {};
  ASSERT_EQ(::stat(draft->memory().c_str(), &status), 0);
  EXPECT_GE(static_cast<std::uint64_t>(status.st_blocks) * 512, kMemory);
  EXPECT_EQ(base::read_file(draft->memory()).substr(0, 8), std::string("written\0", 8));
}

TEST_F(WarmImagesTest, TheDraftOfAMachineThatStaysAsksForNothingThatIsNotThere) {
  const auto draft = images().begin("k", std::uint64_t{3} << 40);
  if (base::free_bytes(scratch_.path()) >= std::uint64_t{3} << 40) return;  // what a disk
  EXPECT_FALSE(draft->reserve());
  struct stat status = {};
  ASSERT_EQ(::stat(draft->memory().c_str(), &status), 0);
  EXPECT_EQ(status.st_blocks, 0);
}

TEST_F(WarmImagesTest, BeyondTheLimitTheLeastRecentlyUsedGo) {
  constexpr std::size_t kMegabyte = 1 << 20;
  for (const char* key : {"a", "b", "c"}) make(key, kMegabyte);
  ASSERT_TRUE(images().find("a").image);  // now b is the oldest
  auto draft = images(3 * kMegabyte + kMegabyte / 2).begin("d", kMemory);
  std::ofstream(draft->memory(), std::ios::in | std::ios::out) << std::string(kMegabyte, 'x');
  images(3 * kMegabyte + kMegabyte / 2).publish(std::move(draft), "h");
  EXPECT_EQ(reason("a"), "there is one");
  EXPECT_EQ(reason("b"), "there is none yet");
  EXPECT_EQ(reason("c"), "there is one");
  EXPECT_EQ(reason("d"), "there is one");
}

TEST_F(WarmImagesTest, NeedACacheThatCanBeWritten) {
  std::ofstream(scratch_.path() / "file") << "";
  const WarmImages broken(scratch_.path() / "file" / "warm", 1);
  EXPECT_THROW(broken.begin("k", kMemory), base::Error);
  EXPECT_FALSE(broken.find("k").image);
  EXPECT_EQ(broken.summary().count, 0U);
}

}  // namespace
}  // namespace quiz::qemu
