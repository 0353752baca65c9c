#include "profile/consent.h"

#include <gtest/gtest.h>

#include "base/files.h"

namespace quiz::profile {
namespace {

namespace fs = std::filesystem;

class ConsentTest : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& content, mode_t mode = 0644) const {
    const fs::path file = scratch_.path() / name;
    base::make_directories(file.parent_path());
    base::write_file_atomically(file, content, mode);
  }
  bool given() const { return consent_.given(folder_, digest_of(folder_)); }

  base::TempDir scratch_{"/tmp", "quiz-consent-"};
  fs::path folder_ = scratch_.path() / "profile";
  Consent consent_{scratch_.path() / "data" / "trusted"};
};

TEST_F(ConsentTest, IsForAFolderAsItIs) {
  write("profile/host", "#!/bin/sh\n. ./lib.sh\n", 0755);
  write("profile/lib.sh", "true\n");
  write("elsewhere", "true\n");
  EXPECT_FALSE(given());
  consent_.give({folder_});
  EXPECT_TRUE(given());
  write("profile/lib.sh", "false\n");
  EXPECT_FALSE(given());
  write("profile/lib.sh", "true\n");
  EXPECT_TRUE(given());
  write("profile/files/etc/x", "");
  EXPECT_FALSE(given());
  consent_.give({folder_});
  fs::permissions(folder_ / "lib.sh", fs::perms::owner_all);
  EXPECT_FALSE(given());
  consent_.give({folder_});
  fs::create_symlink(scratch_.path() / "elsewhere", folder_ / "link");
  EXPECT_FALSE(given());
  consent_.give({folder_});
  EXPECT_TRUE(given());
  write("elsewhere", "false\n");
  EXPECT_FALSE(given());
}

TEST_F(ConsentTest, CanBeTakenBack) {
  write("profile/profile.toml", "");
  write(".quiz.toml", "profile = [\"net\"]");
  const fs::path file = scratch_.path() / ".quiz.toml";
  consent_.give({folder_, file});
  EXPECT_TRUE(given());
  consent_.withdraw({folder_});
  EXPECT_FALSE(given());
  EXPECT_TRUE(consent_.given(file, digest_of(file)));
  EXPECT_FALSE(consent_.given(folder_, digest_of(file)));
}

}  // namespace
}  // namespace quiz::profile
