#include "run/file_capabilities.h"

#include <gtest/gtest.h>
#include <sys/xattr.h>

#include "base/files.h"

namespace quiz::run {
namespace {

namespace fs = std::filesystem;

/// CAP_NET_RAW, permitted and effective (struct vfs_cap_data, version 2).
const std::string kNetRaw("\1\0\0\2\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);

TEST(FileCapabilities, AreThoseOfTheProgramAndOfPath) {
  const base::TempDir scratch("/var/tmp", "quiz-unit-");
  const fs::path top = fs::canonical(scratch.path());
  for (const char* name : {"bin/able", "bin/plain", "other/able", "own"}) {
    base::make_directories((top / name).parent_path());
    base::write_file_atomically(top / name, "");
  }
  fs::create_symlink("bin", top / "link");
  fs::create_symlink("able", top / "bin/alias");
  for (const char* name : {"bin/able", "other/able", "own"}) {
    if (::setxattr((top / name).c_str(), "security.capability", kNetRaw.data(), kNetRaw.size(),
                   0) != 0) {
      GTEST_SKIP() << "no right to give capabilities";
    }
  }
  const std::string bin = (top / "bin").string(), link = (top / "link").string();
  const auto found =
      file_capabilities(top / "own", {"A=1", "PATH=" + bin + ":" + link + "::/nothing:relative"});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].path, (top / "own").string());
  EXPECT_EQ(found[0].value, kNetRaw);
  EXPECT_EQ(found[1].path, (top / "bin/able").string());
  EXPECT_TRUE(file_capabilities({}, {}).empty());
}

}  // namespace
}  // namespace quiz::run
