// Files in a directory that somebody else may write: what the test plants there is what a guest
// could.
#include "base/beneath_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/printable.h"

namespace quiz::base {
namespace {

class BeneathFiles : public testing::Test {
 protected:
  BeneathFiles() {
    make_directories(top_);
    write_file_atomically(secret_, "secret");
    opened_ = open_directory(top_);
  }
  int top() const { return opened_.get(); }
  mode_t mode_of(const fs::path& path) const {
    struct stat status = {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_mode & 07777;
  }

  TempDir directory_{fs::temp_directory_path()};
  fs::path top_ = directory_.path() / "top";
  fs::path secret_ = directory_.path() / "secret";
  Fd opened_;
};

TEST_F(BeneathFiles, AreReadUpToALimit) {
  write_file_atomically(top_ / "file", "0123456789");
  EXPECT_EQ(read_beneath(top(), "file", 10)->text, "0123456789");
  EXPECT_FALSE(read_beneath(top(), "file", 10)->cut);
  EXPECT_EQ(read_beneath(top(), "file", 4)->text, "0123");
  EXPECT_TRUE(read_beneath(top(), "file", 4)->cut);
  EXPECT_FALSE(read_beneath(top(), "missing", 10));
}

TEST_F(BeneathFiles, AreNotReadThroughLinksNorAboveNorAreOtherThings) {
  fs::create_symlink(secret_, top_ / "link");
  fs::create_symlink("..", top_ / "up");
  ASSERT_EQ(::mkfifo((top_ / "fifo").c_str(), 0600), 0);
  fs::create_directory(top_ / "directory");
  for (const char* name : {"link", "up/secret", "../secret", "fifo", "directory", ""}) {
    EXPECT_FALSE(read_beneath(top(), name, 100)) << name;
  }
  EXPECT_FALSE(read_beneath(top(), secret_, 100));
}

TEST_F(BeneathFiles, AreWrittenOverLinksNotThroughThem) {
  fs::create_symlink(secret_, top_ / "link");
  write_beneath(top(), "link", "new", 0600);
  EXPECT_EQ(read_file(secret_), "secret");
  EXPECT_EQ(read_file(top_ / "link"), "new");
  EXPECT_EQ(mode_of(top_ / "link"), 0600U);
  EXPECT_EQ(names_beneath(top(), 100), std::vector<std::string>{"link"}) << "nothing is left";
}

TEST_F(BeneathFiles, ANewDirectoryIsNew) {
  fs::create_symlink(directory_.path(), top_ / "link");
  fs::create_directory(top_ / "old");
  EXPECT_FALSE(make_directory_beneath(top(), "link"));
  EXPECT_FALSE(make_directory_beneath(top(), "old"));
  const auto made = make_directory_beneath(top(), "new");
  ASSERT_TRUE(made);
  write_beneath(made->get(), "file", "text");
  EXPECT_EQ(read_file(top_ / "new/file"), "text");
  EXPECT_THROW(open_or_make_directory(top(), "link"), SystemError);
  write_beneath(open_or_make_directory(top(), "old").get(), "file", "text");
  EXPECT_EQ(read_file(top_ / "old/file"), "text");
}

TEST_F(BeneathFiles, ModesAndOwnersAreThoseOfTheEntryNotOfWhatALinkPointsTo) {
  ASSERT_EQ(::chmod(secret_.c_str(), 0600), 0);
  fs::create_symlink(secret_, top_ / "link");
  change_mode(top(), "link", 0666);
  EXPECT_EQ(mode_of(secret_), 0600U);
  EXPECT_TRUE(change_owner(top(), "link", ::geteuid(), ::getegid()));
  write_file_atomically(top_ / "file", "text");
  EXPECT_TRUE(change_mode(top(), "file", 0604));
  EXPECT_EQ(mode_of(top_ / "file"), 0604U);
  EXPECT_FALSE(change_mode(top(), "missing", 0604));
}

TEST_F(BeneathFiles, TellWhetherALinkLeadsOut) {
  fs::create_directory(top_ / "in");
  fs::create_symlink("in", top_ / "inside");
  fs::create_symlink("..", top_ / "outside");
  fs::create_symlink(secret_, top_ / "absolute");
  EXPECT_FALSE(leads_out(top(), "inside"));
  EXPECT_FALSE(leads_out(top(), "missing"));
  EXPECT_TRUE(leads_out(top(), "outside"));
  EXPECT_TRUE(leads_out(top(), "absolute"));
}

TEST_F(BeneathFiles, HaveTimesOfTheirOwnFileSystem) {
  const timespec before = time_in(top());
  write_file_atomically(top_ / "file", "text");
  const auto status = entry_status(top(), "file");
  ASSERT_TRUE(status);
  EXPECT_GE(compare_times(status->changed, before), 0);
  EXPECT_FALSE(entry_status(top(), "missing"));
  EXPECT_LT(compare_times({1, 5}, {2, 0}), 0);
  EXPECT_GT(compare_times({1, 5}, {1, 0}), 0);
  EXPECT_EQ(compare_times({1, 5}, {1, 5}), 0);
  EXPECT_EQ(names_beneath(top(), 100), std::vector<std::string>{"file"}) << "nothing is left";
}

TEST(Quoted, IsHarmlessOnATerminal) {
  EXPECT_EQ(quoted("plain name"), "\"plain name\"");
  EXPECT_EQ(quoted("a\n\x1b[31m\x7f"), R"("a\x0a\x1b[31m\x7f")");
  EXPECT_EQ(quoted("\xc2\x9b\xff"), R"("\xc2\x9b\xff")");
  EXPECT_EQ(quoted("\"\\x0a"), R"("\"\\x0a")");
}

}  // namespace
}  // namespace quiz::base
