#include "profile/consent.h"

#include <gtest/gtest.h>

#include "base/error.h"
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
  bool given() const { return consent_.given({folder_, digest_of(folder_)}); }
  void give() const { consent_.give({{folder_, digest_of(folder_)}}); }

  base::TempDir scratch_{"/tmp", "quiz-consent-"};
  fs::path folder_ = scratch_.path() / "profile";
  Consent consent_{scratch_.path() / "data" / "trusted"};
};

TEST_F(ConsentTest, IsForAFolderAsItIs) {
  write("profile/host", "#!/bin/sh\n. ./lib.sh\n", 0755);
  write("profile/lib.sh", "true\n");
  write("elsewhere", "true\n");
  EXPECT_FALSE(given());
  give();
  EXPECT_TRUE(given());
  write("profile/lib.sh", "false\n");
  EXPECT_FALSE(given());
  write("profile/lib.sh", "true\n");
  EXPECT_TRUE(given());
  write("profile/files/etc/x", "");
  EXPECT_FALSE(given());
  give();
  fs::permissions(folder_ / "lib.sh", fs::perms::owner_all);
  EXPECT_FALSE(given());
  give();
  fs::create_symlink(scratch_.path() / "elsewhere", folder_ / "link");
  EXPECT_FALSE(given());
  give();
  EXPECT_TRUE(given());
  write("elsewhere", "false\n");
  EXPECT_FALSE(given());
}

TEST_F(ConsentTest, CanBeTakenBack) {
  write("profile/profile.toml", "");
  write(".quiz.toml", "profile = [\"net\"]");
  const fs::path file = scratch_.path() / ".quiz.toml";
  consent_.give({{folder_, digest_of(folder_)}, {file, digest_of(file)}});
  EXPECT_TRUE(given());
  consent_.withdraw({{folder_, ""}});
  EXPECT_FALSE(given());
  EXPECT_TRUE(consent_.given({file, digest_of(file)}));
  EXPECT_FALSE(consent_.given({folder_, digest_of(file)}));
}

TEST_F(ConsentTest, IsForNothingThatCannotBeSeenInAFolder) {
  write("profile/host", "#!/bin/sh\n. ./lib/x.sh\n", 0755);
  write("elsewhere/x.sh", "true\n");
  write("profile/inner/x.sh", "true\n");
  fs::create_directory_symlink("inner", folder_ / "lib");
  EXPECT_NO_THROW(digest_of(folder_));
  fs::remove(folder_ / "lib");
  for (const fs::path& target :
       {scratch_.path() / "elsewhere", fs::path("../elsewhere"), folder_ / "inner"}) {
    fs::create_directory_symlink(target, folder_ / "lib");
    EXPECT_THROW(digest_of(folder_), base::Error) << target;
    fs::remove(folder_ / "lib");
  }
  fs::create_symlink("/dev/zero", folder_ / "lib");
  EXPECT_THROW(digest_of(folder_), base::Error);
}

TEST_F(ConsentTest, HasACopyThatIsWhatWasDigested) {
  write("profile/host", "#!/bin/sh\n", 0755);
  write("profile/inner/lib.sh", "true\n");
  write("elsewhere", "else\n");
  fs::create_symlink("../elsewhere", folder_ / "link");
  fs::create_directory_symlink("inner", folder_ / "lib");
  fs::create_symlink("nowhere", folder_ / ".#lock");
  const fs::path copy = scratch_.path() / "run" / "copy";
  EXPECT_EQ(copy_with_digest(folder_, copy), digest_of(folder_));
  EXPECT_EQ(base::read_file(copy / "host"), "#!/bin/sh\n");
  EXPECT_EQ(fs::status(copy / "host").permissions(), fs::perms::owner_all);
  EXPECT_EQ(base::read_file(copy / "lib/lib.sh"), "true\n");
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(copy / "link")));
  write("elsewhere", "changed\n");
  EXPECT_EQ(base::read_file(copy / "link"), "else\n");
  EXPECT_FALSE(fs::is_symlink(fs::symlink_status(copy / ".#lock")));
}

TEST_F(ConsentTest, ForALayerIsForWhereItLeads) {
  write("a/x", "");
  write("b/x", "");
  fs::create_directory_symlink("a", scratch_.path() / "layer");
  const std::string digest = digest_of_place(scratch_.path() / "layer");
  write("a/y", "");
  EXPECT_EQ(digest_of_place(scratch_.path() / "layer"), digest);
  fs::remove(scratch_.path() / "layer");
  fs::create_directory_symlink("b", scratch_.path() / "layer");
  EXPECT_NE(digest_of_place(scratch_.path() / "layer"), digest);
}

}  // namespace
}  // namespace quiz::profile
