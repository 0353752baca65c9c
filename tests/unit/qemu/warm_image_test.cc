#include "qemu/warm_image.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cerrno>
#include <fstream>
#include <functional>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/sha256.h"
#include "qemu/warm_key.h"

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
    return {scratch_.path() / "warm", scratch_.path() / "key", limit};
  }
  /// As begin() makes it.
  void make_draft(const std::string& key) const {
    fs::create_directories(scratch_.path() / "warm");
    ::chmod((scratch_.path() / "warm").c_str(), 0700);
    ::mkdir(place(key + ".draft").c_str(), 0700);
  }
  /// Makes an image as a machine does.
  void make(const std::string& key, std::size_t touched = 4096) const {
    auto draft = images().begin(key, kMemory);
    ASSERT_TRUE(draft);
    std::ofstream(draft->memory(), std::ios::in | std::ios::out) << std::string(touched, 'x');
    base::write_all(draft->state(), "devices", "state");
    images().publish(std::move(draft), std::string("hello\0!", 7));
  }
  fs::path place(const std::string& key) const { return scratch_.path() / "warm" / key; }
  fs::path part(const std::string& key, const std::string& name) const { return place(key) / name; }
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

TEST_F(WarmImagesTest, ComeWithTheirMemoryOpenForReadingOnly) {
  make("k");
  const auto finding = images().find("k");
  ASSERT_TRUE(finding.image);
  const int fd = finding.image->memory_file.get();
  EXPECT_EQ(::fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
  char byte = 0;
  EXPECT_EQ(::pread(fd, &byte, 1, 0), 1);
  EXPECT_EQ(byte, 'x');
  // Whoever gets it cannot give the image free: the lock is another open file's.
  EXPECT_EQ(::flock(fd, LOCK_UN), 0);
  images().forget("k");
  EXPECT_EQ(reason("k"), "there is one");
}

TEST_F(WarmImagesTest, KeepTheStateThatWasChecked) {
  make("k");
  const auto finding = images().find("k");
  ASSERT_TRUE(finding.image);
  std::ofstream(part("k", "state")) << "another";
  char state[16] = {};
  EXPECT_EQ(::read(finding.image->state.get(), state, sizeof state), 7);
  EXPECT_STREQ(state, "devices");
  EXPECT_EQ(::pwrite(finding.image->state.get(), "x", 1, 0), -1);
}

TEST_F(WarmImagesTest, OfADraftHaveTheMemoryOpenForWriting) {
  const auto draft = images().begin("k", kMemory);
  ASSERT_EQ(::pwrite(draft->memory_descriptor(), "written", 7, 0), 7);
  EXPECT_EQ(base::read_file(draft->memory()).substr(0, 7), "written");
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
  { const auto draft = images().begin("k", kMemory); }
  EXPECT_TRUE(fs::is_empty(scratch_.path() / "warm"));
  EXPECT_EQ(reason("k"), "there is none yet");
}

TEST_F(WarmImagesTest, AreMadeByOneAtATime) {
  const auto first = images().begin("k", kMemory);
  EXPECT_FALSE(images().begin("k", kMemory));
  EXPECT_TRUE(images().begin("other", kMemory));
}

TEST_F(WarmImagesTest, AreMadeAnewWhereAMakerWasKilled) {
  make_draft("k");
  std::ofstream(part("k.draft", "memory")) << "half";
  std::ofstream(part("k.draft", "manifest")) << "half";
  make("k");
  EXPECT_EQ(reason("k"), "there is one");
  make_draft("dead");
  make("other");
  EXPECT_FALSE(fs::exists(place("dead.draft")));
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
  EXPECT_EQ(damage("state", remove), "its state cannot be read");
  EXPECT_EQ(damage("manifest", flip), "its manifest is damaged, or not yours");
  EXPECT_EQ(damage("manifest", truncate), "its manifest is damaged, or not yours");
  EXPECT_EQ(damage("manifest", remove), "its manifest cannot be read");
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
  const WarmImages broken(scratch_.path() / "file" / "warm", scratch_.path() / "key", 1);
  EXPECT_THROW(broken.begin("k", kMemory), base::Error);
  EXPECT_FALSE(broken.find("k").image);
  EXPECT_EQ(broken.summary().count, 0U);
}

// --- what somebody else put there ----------------------------------------------------------------

/// With a directory of somebody's files beside the images, which nothing may touch.
class HostileImagesTest : public WarmImagesTest {
 protected:
  HostileImagesTest() {
    fs::create_directories(precious_);
    for (const char* name : {"memory", "state", "manifest", "sparse"}) {
      std::ofstream(precious_ / name) << "precious";
    }
  }
  void expect_untouched() const {
    EXPECT_EQ(std::distance(fs::directory_iterator(precious_), fs::directory_iterator()), 4);
    for (const char* name : {"memory", "state", "manifest", "sparse"}) {
      EXPECT_EQ(base::read_file(precious_ / name), "precious") << name;
    }
  }
  /// What a taken-over QEMU that may write to everything of an image could do: new content, and a
  /// manifest that fits, sealed by all that is known without the key.
  void forge(const std::string& key) const {
    std::ofstream(part(key, "memory"), std::ios::in | std::ios::out) << "the attacker's kernel";
    std::ofstream(part(key, "state")) << "the attacker's devices";
    std::string text = base::read_file(part(key, "manifest"));
    auto manifest = base::Json::parse(text.substr(text.find('\n') + 1));
    const fs::path memory = part(key, "memory");
    manifest["memory"] = file_identity(memory).substr(memory.string().size() + 1);
    manifest["state"] = base::sha256_file(part(key, "state"));
    text = manifest.dump();
    std::ofstream(part(key, "manifest")) << base::sha256(text) << "\n" << text;
  }

  fs::path precious_ = scratch_.path() / "precious";
};

TEST_F(HostileImagesTest, AForgedManifestIsNotBelieved) {
  make("k");
  forge("k");
  EXPECT_EQ(reason("k"), "its manifest is damaged, or not yours");
  make("k");
  EXPECT_EQ(reason("k"), "there is one");
}

TEST_F(HostileImagesTest, LinksInADraftOfAnotherTimeAreNotFollowed) {
  for (const char* name : {"memory", "state", "manifest", "sparse"}) {
    make_draft("k");
    fs::create_symlink(precious_ / name, part("k.draft", name));
    make("k");
    EXPECT_EQ(reason("k"), "there is one") << name;
    expect_untouched();
  }
}

TEST_F(HostileImagesTest, LinksThatComeWhileAnImageIsMadeAreNotFollowed) {
  for (const char* name : {"memory", "state", "manifest", "sparse"}) {
    auto draft = images().begin("k", kMemory);
    ASSERT_TRUE(draft);
    fs::remove(part("k.draft", name));
    fs::create_symlink(precious_ / name, part("k.draft", name));
    try {
      images().publish(std::move(draft), "h");
    } catch (const base::Error&) {  // may be refused
    }
    expect_untouched();
    const auto finding = images().find("k");
    EXPECT_TRUE(!finding.image || !fs::is_symlink(finding.image->memory)) << name;
  }
}

TEST_F(HostileImagesTest, APartThatWasExchangedWhileAnImageIsMadeIsNotPublished) {
  for (const char* name : {"memory", "state"}) {
    auto draft = images().begin("k", kMemory);
    ASSERT_TRUE(draft);
    fs::remove(part("k.draft", name));
    std::ofstream(part("k.draft", name)) << "the attacker's";
    EXPECT_THROW(images().publish(std::move(draft), "h"), base::Error) << name;
    EXPECT_EQ(reason("k"), "there is none yet");
  }
}

TEST_F(HostileImagesTest, ALinkInADraftsPlaceIsNotFollowed) {
  make_draft("other");
  fs::create_directory_symlink(precious_, place("k.draft"));
  fs::create_directory_symlink(precious_, place("dead.draft"));
  make("k");
  EXPECT_EQ(reason("k"), "there is one");
  expect_untouched();
  EXPECT_FALSE(fs::is_symlink(place("dead.draft")));
}

TEST_F(HostileImagesTest, LinksInAnImageAreNotFollowed) {
  for (const char* name : {"memory", "state", "manifest"}) {
    make("k");
    fs::rename(part("k", name), scratch_.path() / name);
    fs::create_symlink(scratch_.path() / name, part("k", name));
    EXPECT_EQ(reason("k"), std::string("its ") + name + " is a symbolic link");
  }
  make("k");
  fs::rename(place("k"), scratch_.path() / "elsewhere");
  fs::create_directory_symlink(scratch_.path() / "elsewhere", place("k"));
  EXPECT_EQ(reason("k"), "it is a symbolic link");
  images().forget("k");
  EXPECT_EQ(reason("k"), "there is none yet");
  EXPECT_TRUE(fs::exists(scratch_.path() / "elsewhere" / "state"));
}

TEST_F(HostileImagesTest, AnImageUnderAnotherKeyIsNotBelieved) {
  make("k");
  fs::rename(place("k"), place("other"));
  EXPECT_EQ(reason("other"), "it is the image of another machine");
}
TEST_F(HostileImagesTest, WhatIsNoFileIsNotWaitedFor) {
  for (const char* name : {"memory", "state", "manifest"}) {
    make("k");
    fs::remove(part("k", name));
    ASSERT_EQ(::mkfifo(part("k", name).c_str(), 0600), 0);
    EXPECT_EQ(reason("k"), std::string("its ") + name + " is no file");
    fs::remove(part("k", name));
    ASSERT_EQ(::mkdir(part("k", name).c_str(), 0700), 0);
    EXPECT_EQ(reason("k"), std::string("its ") + name + " is no file");
  }
  make("k");
  EXPECT_EQ(reason("k"), "there is one");
}

TEST_F(HostileImagesTest, WhatIsTooLargeIsNotRead) {
  for (const char* name : {"state", "manifest"}) {
    make("k");
    fs::resize_file(part("k", name), std::uintmax_t{1} << 40);
    EXPECT_NE(reason("k").find(std::string("its ") + name + " is larger than"), std::string::npos)
        << reason("k");
  }
  auto draft = images().begin("k", kMemory);
  ASSERT_EQ(::ftruncate(draft->state(), off_t{1} << 40), 0);
  EXPECT_THROW(images().publish(std::move(draft), "h"), base::Error);
}

TEST_F(HostileImagesTest, AManifestThatMakesNoSenseIsRefusedAlthoughItsSealIsGood) {
  const WarmSeal seal(scratch_.path() / "key");
  make("k");
  const std::string good = base::read_file(part("k", "manifest"));
  const auto reseal = [&](const std::string& text) {
    std::ofstream(part("k", "manifest")) << seal.sealed(text);
    return reason("k");
  };
  const auto manifest = base::Json::parse(good.substr(good.find('\n') + 1));
  EXPECT_EQ(reseal(manifest.dump()), "there is one");
  const std::string of_another = "its manifest is of another quiz";
  auto changed = manifest;
  for (const char* hello : {"6", "zz", "6g", "-1", "+f", " 1", "0x"}) {
    changed["hello"] = hello;
    EXPECT_EQ(reseal(changed.dump()), of_another) << hello;
  }
  changed["hello"] = std::string(2 * 65536 + 2, '0');
  EXPECT_EQ(reseal(changed.dump()), of_another);
  for (const char* field : {"key", "host_boot", "memory", "state", "hello"}) {
    changed = base::Json::object();
    for (const auto& [name, value] : manifest.members()) {
      if (name != field) changed[name] = value;
    }
    EXPECT_EQ(reseal(changed.dump()), of_another) << field;
  }
  for (const char* text : {"", "{", "[]", "null", "7"}) {
    EXPECT_EQ(reseal(text), of_another) << text;
  }
}

TEST_F(HostileImagesTest, WithoutTheKeyNothingIsBelieved) {
  const fs::path key = scratch_.path() / "key";
  const auto after = [&](const std::function<void()>& what) {
    make("k");
    EXPECT_EQ(reason("k"), "there is one");
    what();
    return reason("k");
  };
  EXPECT_EQ(after([&] { fs::remove(key); }), "the key of the images is missing");
  EXPECT_EQ(after([&] { ::chmod(key.c_str(), 0640); }),
            "the key of the images is open to other users");
  EXPECT_EQ(after([&] {
              fs::remove(key);
              std::ofstream(key) << std::string(32, 'k');
              ::chmod(key.c_str(), 0600);
            }),
            "its manifest is damaged, or not yours");
}

TEST_F(HostileImagesTest, WhereThereCanBeNoKeyNoImageIsBegun) {
  fs::create_directories(scratch_.path() / "key");
  EXPECT_THROW(images().begin("k", kMemory), base::Error);
  EXPECT_FALSE(fs::exists(scratch_.path() / "warm"));
}

TEST_F(HostileImagesTest, WhatIsOpenToOthersIsNotUsed) {
  const auto opened = [&](const fs::path& path, mode_t mode, mode_t good) {
    make("k");
    ::chmod(path.c_str(), mode);
    const std::string found = reason("k");
    ::chmod(path.c_str(), good);
    return found;
  };
  EXPECT_EQ(opened(part("k", "memory"), 0620, 0600), "its memory is open to other users");
  EXPECT_EQ(opened(part("k", "state"), 0644, 0600), "its state is open to other users");
  EXPECT_EQ(opened(part("k", "manifest"), 0602, 0600), "its manifest is open to other users");
  EXPECT_EQ(opened(place("k"), 0750, 0700), "it is open to other users");
  EXPECT_EQ(opened(scratch_.path() / "warm", 0755, 0700),
            "the directory of the images is open to other users");
  ::chmod((scratch_.path() / "warm").c_str(), 0770);
  EXPECT_THROW(images().begin("k", kMemory), base::Error);
}

TEST_F(HostileImagesTest, AnImageOfAnotherUserIsNotUsed) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  constexpr uid_t kAnother = 65534;
  const auto given_away = [&](const fs::path& path) {
    make("k");
    EXPECT_EQ(::lchown(path.c_str(), kAnother, kAnother), 0);
    const std::string found = reason("k");
    EXPECT_EQ(::lchown(path.c_str(), 0, 0), 0);
    return found;
  };
  EXPECT_EQ(given_away(place("k")), "it belongs to another user");
  for (const char* name : {"memory", "state", "manifest"}) {
    EXPECT_EQ(given_away(part("k", name)), std::string("its ") + name + " belongs to another user");
  }
  EXPECT_EQ(given_away(scratch_.path() / "key"), "the key of the images belongs to another user");
  EXPECT_EQ(given_away(scratch_.path() / "warm"),
            "the directory of the images belongs to another user");
}

TEST_F(HostileImagesTest, RootLeavesNoImageInAnotherUsersHome) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can write to the homes of others";
  const fs::path home = scratch_.path() / "home";
  fs::create_directories(home / ".local");
  for (const fs::path& path : {home, home / ".local"}) {
    ASSERT_EQ(::chown(path.c_str(), 65534, 65534), 0);
  }
  const WarmImages theirs(home / ".cache/quiz/warm", home / ".local/share/quiz/key", 1);
  EXPECT_THROW(theirs.begin("k", kMemory), base::Error);
  EXPECT_FALSE(fs::exists(home / ".cache"));
  const WarmImages with_own_key(home / ".cache/quiz/warm", scratch_.path() / "key", 1);
  EXPECT_THROW(with_own_key.begin("k", kMemory), base::Error);
  EXPECT_FALSE(fs::exists(home / ".cache"));
  EXPECT_THROW(WarmSeal(home / ".local/share/quiz/key").prepare(), base::Error);
  EXPECT_THROW(WarmSeal(home / ".local/key").prepare(), base::Error);
  EXPECT_TRUE(fs::is_empty(home / ".local"));
}

}  // namespace
}  // namespace quiz::qemu
