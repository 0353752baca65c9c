// What a guest may have left in the directory of --output, played by the test: files of every kind
// are made while the directory is "in a run", and looked at when it was taken.
#include "run/output_directory.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "root/sharing.h"

namespace quiz::run {
namespace {

namespace fs = std::filesystem;

bool is_root() { return ::geteuid() == 0; }

struct stat status_of(const fs::path& path) {
  struct stat status = {};
  EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path << ": " << std::strerror(errno);
  return status;
}
mode_t mode_of(const fs::path& path) { return status_of(path).st_mode & 07777; }
bool is_there(const fs::path& path) { return fs::exists(fs::symlink_status(path)); }

class OutputDirectoryTest : public testing::Test {
 protected:
  /// The run begins: what was made before is the user's, what comes now is the guest's.
  void begin(std::uint64_t limit = 0) {
    wait_for_the_clock();
    output_ = std::make_unique<OutputDirectory>(Writable{top_, root::kOutputInGuest}, limit);
  }
  void take() {
    for (const std::string& sentence : output_->take()) said_ += sentence + "\n";
  }
  fs::path write(const fs::path& name, const std::string& text = "text", mode_t mode = 0644) {
    base::write_all(base::open_file(top_ / name, O_WRONLY | O_CREAT | O_TRUNC).get(), text, name);
    EXPECT_EQ(::chmod((top_ / name).c_str(), mode), 0);
    return top_ / name;
  }
  fs::path link(const fs::path& name, const fs::path& target) {
    fs::create_symlink(target, top_ / name);
    return top_ / name;
  }
  bool says(const std::string& text) const { return said_.find(text) != std::string::npos; }

  /// Until the clock of files shows another time than that of those that are there.
  void wait_for_the_clock() const {
    const base::Fd directory = base::open_directory(top_);
    const timespec now = base::time_in(directory.get());
    while (base::compare_times(base::time_in(directory.get()), now) == 0) std::this_thread::yield();
  }

  base::TempDir place_{fs::temp_directory_path()};
  fs::path top_ = place_.path() / "results";
  std::unique_ptr<OutputDirectory> output_;
  std::string said_;

  void SetUp() override { fs::create_directory(top_); }
  void TearDown() override { output_.reset(); }
};

TEST_F(OutputDirectoryTest, OrdinaryFilesAreLeftAsTheGuestMadeThem) {
  begin();
  const fs::path file = write("file", "text", 0640);
  const fs::path program = write("program", "text", 0755);
  fs::create_directory(top_ / "deep");
  link("deep/inside", "../file");
  take();
  EXPECT_EQ(base::read_file(file), "text");
  EXPECT_EQ(mode_of(file), 0640U);
  EXPECT_EQ(mode_of(program), 0755U);
  EXPECT_EQ(base::read_file(top_ / "deep/inside"), "text");
  EXPECT_EQ(said_, "");
}

TEST_F(OutputDirectoryTest, NoSetIdBitIsLeftAndAPersonIsTold) {
  begin();
  const fs::path user = write("su", "text", 04755);
  const fs::path group = write("sg", "text", 02755);
  fs::create_directory(top_ / "deep");
  const fs::path deep = write("deep/both", "text", 06777);
  const fs::path sticky = write("sticky", "text", 01644);
  take();
  EXPECT_EQ(mode_of(user), 0755U);
  EXPECT_EQ(mode_of(group), 0755U);
  EXPECT_EQ(mode_of(deep), 0777U);
  EXPECT_EQ(mode_of(sticky), 0644U);
  EXPECT_TRUE(says("took the set-id bits")) << said_;
  EXPECT_TRUE(says("\"deep/both\"")) << said_;
  EXPECT_FALSE(says("sticky")) << said_;
}

TEST_F(OutputDirectoryTest, NoSetIdBitIsLeftWhileTheMachineRuns) {
  begin();
  const fs::path file = write("su", "text", 04755);
  EXPECT_EQ(output_->look().complaint, "");
  EXPECT_EQ(mode_of(file), 0755U);
  take();
  EXPECT_TRUE(says("took the set-id bits")) << said_;
}

TEST_F(OutputDirectoryTest, WhatLayThereBeforeIsLeftAlone) {
  const fs::path program = write("old-su", "text", 04755);
  const fs::path out = link("out", "/etc/passwd");
  ASSERT_EQ(::mkfifo((top_ / "fifo").c_str(), 0600), 0);
  fs::create_directory(top_ / "closed");
  ASSERT_EQ(::chmod((top_ / "closed").c_str(), 0500), 0);
  begin();
  write("new");
  take();
  EXPECT_EQ(mode_of(program), 04755U);
  EXPECT_TRUE(is_there(out));
  EXPECT_TRUE(is_there(top_ / "fifo"));
  EXPECT_EQ(mode_of(top_ / "closed"), 0500U);
  EXPECT_EQ(said_, "");
}

TEST_F(OutputDirectoryTest, AFileOfTheUsersThatTheGuestChangedLosesItsSetIdBits) {
  const fs::path program = write("old-su", "text", 04755);
  begin();
  base::write_all(base::open_file(program, O_WRONLY).get(), "evil", "the program");
  ASSERT_EQ(::chmod(program.c_str(), 04755), 0);
  take();
  EXPECT_EQ(mode_of(program), 0755U);
}

TEST_F(OutputDirectoryTest, FifosAndSocketsAreRemoved) {
  begin();
  ASSERT_EQ(::mkfifo((top_ / "fifo").c_str(), 0666), 0);
  const base::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string path = (top_ / "socket").string();
  ASSERT_LT(path.size(), sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  take();
  EXPECT_FALSE(is_there(top_ / "fifo"));
  EXPECT_FALSE(is_there(top_ / "socket"));
  EXPECT_TRUE(says("removed devices, sockets or FIFOs")) << said_;
  EXPECT_TRUE(says("\"fifo\"") && says("\"socket\"")) << said_;
}

TEST_F(OutputDirectoryTest, DevicesAreRemovedAndOwnersAreTheCallers) {
  if (!is_root()) GTEST_SKIP() << "only root can make devices and give files away";
  begin();
  if (::mknod((top_ / "disk").c_str(), S_IFBLK | 0666, makedev(7, 0)) != 0) {
    GTEST_SKIP() << "no devices can be made here";
  }
  const fs::path file = write("given-away");
  fs::create_directory(top_ / "deep");
  const fs::path su = write("deep/su");
  ASSERT_EQ(::chown(file.c_str(), 1234, 5678), 0);
  ASSERT_EQ(::chown(su.c_str(), 1234, 5678), 0);
  ASSERT_EQ(::chmod(su.c_str(), 06755), 0);
  ASSERT_EQ(::chown((top_ / "deep").c_str(), 1234, 5678), 0);
  const fs::path inside = link("link", "given-away");
  ASSERT_EQ(::lchown(inside.c_str(), 1234, 5678), 0);
  take();
  EXPECT_FALSE(is_there(top_ / "disk"));
  for (const fs::path& path : {file, su, top_ / "deep", inside}) {
    EXPECT_EQ(status_of(path).st_uid, 0U) << path;
    EXPECT_EQ(status_of(path).st_gid, ::getegid()) << path;
  }
  EXPECT_EQ(mode_of(su), 0755U);
}

TEST_F(OutputDirectoryTest, FilesOfTheUsersKeepTheirOwnersAlthoughTheGuestWroteToThem) {
  if (!is_root()) GTEST_SKIP() << "only root can give files away";
  const fs::path file = write("log");
  ASSERT_EQ(::chown(file.c_str(), 1234, 5678), 0);
  begin();
  if (!base::open_status(output_->descriptor()).born) GTEST_SKIP() << "no birth times here";
  base::write_all(base::open_file(file, O_WRONLY | O_APPEND).get(), "more", "the log");
  take();
  EXPECT_EQ(status_of(file).st_uid, 1234U);
}

TEST_F(OutputDirectoryTest, FileCapabilitiesAreRemoved) {
  if (!is_root()) GTEST_SKIP() << "only root can give a file capabilities";
  begin();
  const fs::path file = write("program", "text", 0755);
  // struct vfs_cap_data of <linux/capability.h>: version 2, effective, cap_sys_admin.
  const std::uint32_t data[5] = {0x02000001, 1U << 21, 0, 0, 0};
  if (::setxattr(file.c_str(), "security.capability", data, sizeof data, 0) != 0) {
    GTEST_SKIP() << "no capabilities of files here: " << std::strerror(errno);
  }
  take();
  char left[64];
  EXPECT_EQ(::getxattr(file.c_str(), "security.capability", left, sizeof left), -1);
}

TEST_F(OutputDirectoryTest, LinksThatLeadOutAreRemovedAndNamed) {
  begin();
  fs::create_directories(top_ / "a/b");
  const std::vector<fs::path> out = {link("absolute", "/etc/passwd"), link("above", "../x"),
                                     link("a/b/far", "../../../x"),   link("behind", "a/../../x"),
                                     link("a/b/up", "../.."),         link("self", place_.path()),
                                     link("a/later", "ghost/../..")};
  const fs::path chained = link("chained", "a/b/up/../x");
  const fs::path good = link("a/b/good", "../../file");
  const fs::path dangling = link("dangling", "nowhere");
  take();
  for (const fs::path& path : out) EXPECT_EQ(is_there(path), path == top_ / "a/b/up") << path;
  EXPECT_FALSE(is_there(chained)) << "a chain of links, each of which is harmless";
  EXPECT_TRUE(is_there(good));
  EXPECT_TRUE(is_there(dangling));
  EXPECT_TRUE(says("removed symbolic links that lead out")) << said_;
  EXPECT_TRUE(says("\"absolute\" -> \"/etc/passwd\"")) << said_;
}

TEST_F(OutputDirectoryTest, LinksByTheGuestsNameOfTheDirectoryWorkOnTheHost) {
  begin();
  fs::create_directory(top_ / "deep");
  write("file", "found");
  const fs::path path = link("deep/link", fs::path(root::kOutputInGuest) / "file");
  const fs::path out = link("deep/out", std::string(root::kOutputInGuest) + "/../../../x");
  take();
  EXPECT_EQ(base::read_file(path), "found");
  EXPECT_FALSE(is_there(out));
}

TEST_F(OutputDirectoryTest, ALinkThatLeadsOutWhereItsDirectoryWasMovedToIsNamed) {
  fs::create_directories(top_ / "a/b/c");
  link("a/b/c/link", "../../../file");
  fs::create_directories(top_ / "still");
  link("still/out", "../../file");
  begin();
  fs::rename(top_ / "a/b", top_ / "b");
  take();
  EXPECT_TRUE(says("there are symbolic links that lead out")) << said_;
  EXPECT_TRUE(says("\"b/c/link\"")) << said_;
  EXPECT_FALSE(says("still/out")) << said_;
}

TEST_F(OutputDirectoryTest, ALinkThroughOneOfTheUsersIsRemovedToo) {
  const fs::path users = link("users", place_.path());
  begin();
  const fs::path guests = link("guests", "users/secret");
  take();
  EXPECT_TRUE(is_there(users));
  EXPECT_FALSE(is_there(guests));
}

TEST_F(OutputDirectoryTest, NothingBehindALinkIsTouched) {
  const fs::path outside = place_.path() / "outside";
  fs::create_directory(outside);
  base::write_file_atomically(outside / "su", "text", 0755);
  begin();
  // Also made during the run: only that it lies elsewhere protects it.
  base::write_file_atomically(outside / "su2", "text", 0755);
  ASSERT_EQ(::chmod((outside / "su").c_str(), 04755), 0);
  ASSERT_EQ(::chmod((outside / "su2").c_str(), 04755), 0);
  link("there", "../outside");
  link("su", "../outside/su2");
  take();
  EXPECT_EQ(mode_of(outside / "su"), 04755U);
  EXPECT_EQ(mode_of(outside / "su2"), 04755U);
}

TEST_F(OutputDirectoryTest, NamesWithControlCharactersAreToldEscapedAndKept) {
  begin();
  const fs::path name = write("evil\n\x1b[31mname");
  const fs::path c1 = write("c1\xc2\x9bname");
  take();
  EXPECT_TRUE(is_there(name));
  EXPECT_TRUE(is_there(c1));
  EXPECT_TRUE(says("control characters")) << said_;
  EXPECT_TRUE(says("\"evil\\x0a\\x1b[31mname\"")) << said_;
  EXPECT_TRUE(says("\"c1\\xc2\\x9bname\"")) << said_;
}

TEST_F(OutputDirectoryTest, OfAMillionNamesOnlyAFewAreTold) {
  begin();
  for (int i = 0; i < 1000; ++i) link("link" + std::to_string(i), "/etc/passwd");
  take();
  EXPECT_LT(said_.size(), 600U);
  EXPECT_TRUE(says("(1000 in all)")) << said_;
}

TEST_F(OutputDirectoryTest, ClosedDirectoriesAreOpenedToTheirOwnerAndLookedThrough) {
  begin();
  fs::create_directory(top_ / "closed");
  const fs::path file = write("closed/su", "text", 04755);
  ASSERT_EQ(::chmod((top_ / "closed").c_str(), 0), 0);
  take();
  EXPECT_EQ(mode_of(top_ / "closed"), 0700U);
  EXPECT_EQ(mode_of(file), 0755U);
}

TEST_F(OutputDirectoryTest, AReadOnlyDirectoryStaysOneAndIsCleanedAllTheSame) {
  begin(1 << 30);
  fs::create_directory(top_ / "read-only");
  const fs::path out = link("read-only/out", "/etc/passwd");
  ASSERT_EQ(::chmod((top_ / "read-only").c_str(), 0555), 0);
  EXPECT_EQ(output_->look().complaint, "");
  EXPECT_EQ(mode_of(top_ / "read-only"), 0555U);
  take();
  EXPECT_EQ(mode_of(top_ / "read-only"), 0555U);
  EXPECT_FALSE(is_there(out));
}

TEST_F(OutputDirectoryTest, WhatLiesTooDeepIsClosedToOthers) {
  begin(1 << 30);
  fs::path path = top_;
  for (int i = 0; i < 200; ++i) path /= "d";
  fs::create_directories(path);
  base::write_file_atomically(path / "su", "text");
  ASSERT_EQ(::chmod((path / "su").c_str(), 04755), 0);
  relay::OutputLook look = output_->look();
  while (look.complaint.empty() && look.next.count() < 100) look = output_->look();
  EXPECT_NE(look.complaint.find("nested"), std::string::npos) << look.complaint;
  take();
  fs::path first = top_;
  for (std::size_t i = 0; i < TreeWalk::kDeepest; ++i) first /= "d";
  EXPECT_EQ(mode_of(first), 0700U);
  EXPECT_TRUE(says("closed to others")) << said_.substr(0, 200);
  EXPECT_NE(output_->complaint(), "");
}

TEST_F(OutputDirectoryTest, TheDirectoryItselfGetsBackItsModeAndOwner) {
  ASSERT_EQ(::chmod(top_.c_str(), 0750), 0);
  begin();
  ASSERT_EQ(::chmod(top_.c_str(), 07777), 0);
  ASSERT_EQ(::chown(top_.c_str(), is_root() ? 1234 : ::geteuid(), ::getegid()), 0);
  take();
  EXPECT_EQ(mode_of(top_), 0750U);
  EXPECT_EQ(status_of(top_).st_uid, ::geteuid());
}

TEST_F(OutputDirectoryTest, AForeignFileKeepsItsOwnerWhereItHasANameInTheDirectory) {
  if (!is_root()) GTEST_SKIP() << "only root can give files away";
  const fs::path foreign = place_.path() / "foreign";
  base::write_file_atomically(foreign, "text");
  ASSERT_EQ(::chown(foreign.c_str(), 1234, 5678), 0);
  begin();
  fs::create_hard_link(foreign, top_ / "name");
  take();
  EXPECT_EQ(status_of(foreign).st_uid, 1234U);
}

TEST_F(OutputDirectoryTest, WhatTheGuestMadeThatQuizWouldFollowIsNamed) {
  begin();
  write(".quiz.toml");
  fs::create_directories(top_ / "deep/.quiz");
  take();
  EXPECT_TRUE(says("\".quiz.toml\"") && says("\"deep/.quiz\"")) << said_;
}

// --- the limit ----------------------------------------------------------------------------------

TEST_F(OutputDirectoryTest, MoreThanTheLimitIsSeenWhileTheMachineRuns) {
  begin(1 << 20);
  write("small");
  EXPECT_EQ(output_->look().complaint, "");
  write("large", std::string((1 << 20) + 1, 'x'));
  EXPECT_NE(output_->look().complaint.find("more than 1 MiB"), std::string::npos);
  take();
  EXPECT_NE(output_->complaint(), "");
  EXPECT_TRUE(is_there(top_ / "large")) << "nothing is deleted";
}

TEST_F(OutputDirectoryTest, ASparseFileCountsWithTheSizeThatItSeemsToHave) {
  begin(1 << 20);
  const fs::path file = write("sparse");
  ASSERT_EQ(::truncate(file.c_str(), off_t{1} << 40), 0);
  EXPECT_NE(output_->look().complaint, "");
  take();
  EXPECT_NE(output_->complaint(), "");
}

TEST_F(OutputDirectoryTest, SmallFilesCountWithABlockEach) {
  begin(1 << 20);
  for (int i = 0; i < 300; ++i) write("file" + std::to_string(i), "");
  take();
  EXPECT_NE(output_->complaint(), "");
}

TEST_F(OutputDirectoryTest, WhatLayThereBeforeDoesNotCount) {
  write("large", std::string(2 << 20, 'x'));
  begin(1 << 20);
  write("small");
  EXPECT_EQ(output_->look().complaint, "");
  take();
  EXPECT_EQ(output_->complaint(), "");
}

TEST_F(OutputDirectoryTest, SeveralNamesOfOneFileCountOnce) {
  begin(1 << 20);
  write("large", std::string(700'000, 'x'));
  fs::create_hard_link(top_ / "large", top_ / "again");
  EXPECT_EQ(output_->look().complaint, "");
  take();
  EXPECT_EQ(output_->complaint(), "");
}

TEST_F(OutputDirectoryTest, AClosedDirectoryHidesNothingFromTheLimit) {
  begin(1 << 20);
  fs::create_directory(top_ / "closed");
  write("closed/large", std::string(2 << 20, 'x'));
  ASSERT_EQ(::chmod((top_ / "closed").c_str(), 0), 0);
  EXPECT_NE(output_->look().complaint, "");
}

TEST_F(OutputDirectoryTest, ALargeTreeIsCountedInSeveralLooks) {
  begin(1 << 20);
  write("large", std::string(2 << 20, 'x'));
  for (int i = 0; i < 2000; ++i) write("dir" + std::to_string(i), "");
  relay::OutputLook look = output_->look();
  for (int i = 0; i < 10'000 && look.complaint.empty(); ++i) look = output_->look();
  EXPECT_NE(look.complaint, "");
}

TEST_F(OutputDirectoryTest, WithoutALimitNothingIsTooMuch) {
  begin(0);
  const fs::path file = write("sparse");
  ASSERT_EQ(::truncate(file.c_str(), off_t{1} << 40), 0);
  EXPECT_EQ(output_->look().complaint, "");
  take();
  EXPECT_EQ(output_->complaint(), "");
}

// --- the directory's life -----------------------------------------------------------------------

TEST_F(OutputDirectoryTest, ADirectoryThatQuizMadeAndThatStayedEmptyGoesAgain) {
  const fs::path own = top_ / "made/by/quiz";
  { const OutputDirectory output(Writable{own, root::kOutputInGuest}, 0); }
  EXPECT_FALSE(is_there(own));
  {
    const OutputDirectory output(Writable{own, root::kOutputInGuest}, 0);
    base::write_file_atomically(own / "file", "text");
    ASSERT_EQ(::chmod((own / "file").c_str(), 04755), 0);
  }
  EXPECT_EQ(mode_of(own / "file"), 0755U) << "the destructor takes what nobody took";
}

TEST_F(OutputDirectoryTest, LinksByTheNameThatTheGuestHasOfTheDirectoryAreMadeRelative) {
  wait_for_the_clock();
  output_ = std::make_unique<OutputDirectory>(Writable{top_, top_, true}, 0);
  write("file", "found");
  const fs::path inside = link("inside", top_ / "file");
  const fs::path out = link("out", top_.parent_path() / "file");
  take();
  EXPECT_EQ(fs::read_symlink(inside), "file");
  EXPECT_FALSE(is_there(out));
}

// --- a directory in which the host works, too (-w) ---

class SharedDirectoryTest : public OutputDirectoryTest {
 protected:
  void begin_shared(std::vector<fs::path> kept = {}) {
    wait_for_the_clock();
    output_ = std::make_unique<OutputDirectory>(Writable{top_, top_, true, std::move(kept)}, 0);
  }
};

TEST_F(SharedDirectoryTest, WhatIsOfAnotherOwnerIsTheirs) {
  if (!is_root()) GTEST_SKIP() << "only root makes files of others";
  begin_shared();
  const fs::path file = write("theirs");
  ASSERT_EQ(::mkfifo((top_ / "fifo").c_str(), 0600), 0);
  for (const fs::path& one : {file, top_ / "fifo"}) {
    ASSERT_EQ(::chown(one.c_str(), 12345, 12345), 0);
  }
  take();
  EXPECT_EQ(status_of(file).st_uid, 12345U);
  EXPECT_TRUE(is_there(top_ / "fifo"));
  EXPECT_EQ(said_, "");
}

TEST_F(SharedDirectoryTest, ADirectoryThatHandsItsGroupDownStillDoes) {
  if (!is_root()) GTEST_SKIP() << "only root has other groups for certain";
  fs::create_directory(top_ / "team");
  ASSERT_EQ(::chown((top_ / "team").c_str(), 0, 12345), 0);
  ASSERT_EQ(::chmod((top_ / "team").c_str(), 02775), 0);
  begin_shared();
  fs::create_directory(top_ / "team/new");
  const fs::path file = write("team/new/file");
  take();
  EXPECT_EQ(mode_of(top_ / "team/new") & 02000, 02000U);
  EXPECT_EQ(status_of(file).st_gid, 12345U);
}

TEST_F(SharedDirectoryTest, SettingsThatWereMovedThereAreTold) {
  write("README", "evil");
  write(".quiz.toml");
  fs::create_directory(top_ / "deep");
  begin_shared({top_ / ".quiz.toml"});
  write(".quiz.toml", "the host's, which the guest cannot write");
  take();
  EXPECT_EQ(said_, "");
  begin_shared({top_ / ".quiz.toml"});
  fs::rename(top_ / "README", top_ / "deep/.quiz.toml");
  take();
  EXPECT_TRUE(says("what quiz follows") && says("deep/.quiz.toml")) << said_;
}

TEST_F(SharedDirectoryTest, IsLookedIntoAlthoughTheGuestClosedIt) {
  begin_shared();
  const fs::path file = write("su", "text", 04755);
  ASSERT_EQ(::chmod(top_.c_str(), 0), 0);
  EXPECT_EQ(output_->look().complaint, "");
  EXPECT_EQ(mode_of(file), 0755U);
}

TEST_F(SharedDirectoryTest, IsNotWhatALinkLeadsTo) {
  fs::create_directory(place_.path() / "other");
  fs::remove_all(top_);
  fs::create_directory_symlink(place_.path() / "other", top_);
  EXPECT_THROW(OutputDirectory(Writable{top_, top_, true}, 0), base::Error);
}

TEST_F(SharedDirectoryTest, WhatIsMountedBeneathIsPassedOver) {
  if (!is_root()) GTEST_SKIP() << "only root mounts";
  fs::create_directory(top_ / "mounted");
  begin_shared();
  // A thread's own mounts; the walk must be its, too.
  std::thread([&] {
    if (::unshare(CLONE_NEWNS) != 0) return;
    ASSERT_EQ(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
    ASSERT_EQ(::mount("none", (top_ / "mounted").c_str(), "tmpfs", 0, nullptr), 0);
    ASSERT_EQ(::mkfifo((top_ / "mounted/fifo").c_str(), 0600), 0);
    output_.reset();
    begin_shared();
    write("mounted/another");
    ASSERT_EQ(::mkfifo((top_ / "mounted/second").c_str(), 0600), 0);
    take();
    EXPECT_TRUE(is_there(top_ / "mounted/second"));
  }).join();
}

}  // namespace
}  // namespace quiz::run
