#include "config/settings_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <string>

#include "base/error.h"
#include "base/files.h"

namespace quiz::config {
namespace {

constexpr uid_t kStranger = 12345;

class SettingsFileTest : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, mode_t mode = 0644) {
    const std::filesystem::path path = directory_.path() / name;
    base::write_file_atomically(path, "cpus = 1\n", mode);
    return path;
  }
  /// "" if it is used, "absent", or the reason.
  static std::string verdict(const FoundFile& found) {
    if (!found) return "absent";
    const auto* ignored = std::get_if<IgnoredFile>(&*found);
    return ignored == nullptr ? "" : ignored->reason;
  }
  base::TempDir directory_{std::filesystem::temp_directory_path()};
};

TEST_F(SettingsFileTest, TheCallersFileIsUsed) {
  const FoundFile found = read_settings_file(write("a.toml"));
  ASSERT_EQ(verdict(found), "");
  EXPECT_EQ(std::get<SettingsFile>(*found).content, "cpus = 1\n");
}

TEST_F(SettingsFileTest, AMissingFileIsNoError) {
  EXPECT_EQ(verdict(read_settings_file(directory_.path() / "none")), "absent");
  EXPECT_EQ(verdict(read_settings_file(write("a.toml") / "below-a-file")), "absent");
}

TEST_F(SettingsFileTest, AFileOfAnotherUserIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can plant a file of another user";
  const auto path = write("a.toml");
  ASSERT_EQ(::chown(path.c_str(), kStranger, 0), 0);
  EXPECT_EQ(verdict(read_settings_file(path)),
            "ignoring " + path.string() +
                ": it belongs to an unknown user (uid 12345), not to you or root");
}

TEST_F(SettingsFileTest, AFileThatOthersCanWriteIsRefused) {
  const auto path = write("a.toml", 0666);
  EXPECT_EQ(verdict(read_settings_file(path)),
            "ignoring " + path.string() + ": everybody may write to it");
}

TEST_F(SettingsFileTest, AFileThatAForeignGroupCanWriteIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file to a foreign group";
  const auto path = write("a.toml", 0664);
  EXPECT_EQ(verdict(read_settings_file(path)), "") << "root's own group is private";
  ASSERT_EQ(::chown(path.c_str(), 0, 100), 0);
  ASSERT_EQ(::chmod(path.c_str(), 0664), 0);
  EXPECT_EQ(verdict(read_settings_file(path)),
            "ignoring " + path.string() + ": others of its group may write to it");
}

TEST_F(SettingsFileTest, AFileThatItsAccessListLetsAnotherWriteIsRefused) {
  const auto path = write("a.toml", 0640);
  // acl(5) as Linux keeps it (linux/posix_acl_xattr.h): the version, then tag, rights and id of
  // each.
  constexpr char kList[] =
      "\2\0\0\0"
      "\1\0\6\0\xff\xff\xff\xff"    // its owner: rw
      "\2\0\6\0\x39\x30\0\0"        // the user 12345: rw
      "\4\0\4\0\xff\xff\xff\xff"    // its group: r
      "\x10\0\6\0\xff\xff\xff\xff"  // at most: rw
      "\x20\0\0\0\xff\xff\xff\xff";
  if (::setxattr(path.c_str(), "system.posix_acl_access", kList, sizeof kList - 1, 0) != 0) {
    GTEST_SKIP() << "the file system has no access lists";
  }
  EXPECT_NE(verdict(read_settings_file(path)), "");
}

TEST_F(SettingsFileTest, ASymbolicLinkOfTheCallerIsFollowed) {
  write("a.toml");
  const auto link = directory_.path() / "link";
  std::filesystem::create_symlink("a.toml", link);
  EXPECT_EQ(verdict(read_settings_file(link)), "");
  std::filesystem::create_symlink("nowhere", directory_.path() / "dangling");
  EXPECT_EQ(verdict(read_settings_file(directory_.path() / "dangling")), "absent");
}

TEST_F(SettingsFileTest, ASymbolicLinkOfAnotherUserIsRefusedEvenToAGoodFile) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can plant a link of another user";
  write("a.toml");
  const auto link = directory_.path() / "link";
  std::filesystem::create_symlink("a.toml", link);
  ASSERT_EQ(::lchown(link.c_str(), kStranger, 0), 0);
  EXPECT_NE(verdict(read_settings_file(link)).find("uid 12345"), std::string::npos);
}

TEST_F(SettingsFileTest, ASymbolicLinkToAFileOfAnotherUserIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can plant a file of another user";
  const auto path = write("a.toml");
  ASSERT_EQ(::chown(path.c_str(), kStranger, 0), 0);
  const auto link = directory_.path() / "link";
  std::filesystem::create_symlink(path, link);
  EXPECT_NE(verdict(read_settings_file(link)).find("uid 12345"), std::string::npos);
}

TEST_F(SettingsFileTest, AFifoADirectoryAndADeviceAreRefusedWithoutWaiting) {
  const auto fifo = directory_.path() / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  for (const std::filesystem::path& path : {fifo, directory_.path(), {"/dev/zero"}}) {
    EXPECT_EQ(verdict(read_settings_file(path)),
              "ignoring " + path.string() + ": it is not a regular file");
  }
}

TEST_F(SettingsFileTest, AHugeFileIsRefused) {
  const auto path = directory_.path() / "huge";
  base::write_file_atomically(path, std::string((1 << 20) + 1, '#'));
  EXPECT_THROW(read_settings_file(path), base::Error);
}

TEST_F(SettingsFileTest, TheNearestProjectFileUpwardsIsFound) {
  const auto deep = directory_.path() / "a" / "b" / "c";
  base::make_directories(deep);
  write(".quiz.toml");
  const auto near = write("a/.quiz.toml");
  EXPECT_EQ(std::get<SettingsFile>(*find_project_file(deep)).path, near);
  EXPECT_EQ(std::get<SettingsFile>(*find_project_file(directory_.path())).path,
            directory_.path() / ".quiz.toml");
}

TEST_F(SettingsFileTest, AnUntrustedProjectFileEndsTheSearch) {
  const auto deep = directory_.path() / "a" / "b";
  base::make_directories(deep);
  write(".quiz.toml");
  write("a/.quiz.toml", 0666);
  EXPECT_NE(verdict(find_project_file(deep)).find("everybody"), std::string::npos);
}

}  // namespace
}  // namespace quiz::config
