#include "qemu/warm_seal.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <functional>

#include "base/error.h"
#include "base/files.h"

namespace quiz::qemu {
namespace {

namespace fs = std::filesystem;

class WarmSealTest : public testing::Test {
 protected:
  WarmSealTest() { seal_.prepare(); }

  base::TempDir scratch_{fs::temp_directory_path(), "quiz-unit-"};
  fs::path key_ = scratch_.path() / "data" / "key";
  WarmSeal seal_{key_};
};

TEST_F(WarmSealTest, GivesBackWhatItSealed) {
  for (const std::string text : {"", "text", "two\nlines\n"}) {
    EXPECT_EQ(seal_.unsealed(seal_.sealed(text)), text);
  }
  EXPECT_EQ(WarmSeal(key_).unsealed(seal_.sealed("text")), "text");
}

TEST_F(WarmSealTest, BreaksWithTheTextAndWithTheSeal) {
  const std::string good = seal_.sealed("text");
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    EXPECT_FALSE(seal_.unsealed(bad)) << i;
    EXPECT_FALSE(seal_.unsealed(good.substr(0, i))) << i;
  }
  EXPECT_FALSE(seal_.unsealed(good + "x"));
  EXPECT_FALSE(seal_.unsealed(""));
  EXPECT_FALSE(seal_.unsealed("\ntext"));
}

TEST_F(WarmSealTest, IsOneUsersOwn) {
  const WarmSeal another(scratch_.path() / "another");
  EXPECT_THROW(another.sealed("text"), base::Error);
  another.prepare();
  EXPECT_FALSE(another.unsealed(seal_.sealed("text")));
}

TEST_F(WarmSealTest, KeepsItsKeyPrivate) {
  seal_.sealed("text");
  struct stat status = {};
  ASSERT_EQ(::stat(key_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  EXPECT_EQ(status.st_size, 32);
  EXPECT_NE(base::read_file(key_), std::string(32, '\0'));
  EXPECT_EQ(std::distance(fs::directory_iterator(key_.parent_path()), {}), 1);
}

TEST_F(WarmSealTest, BelievesNothingByABadKeyAndThenMakesAnother) {
  const auto bad = [&](const std::function<void()>& how) {
    const std::string sealed = seal_.sealed("text");
    const std::string before = base::read_file(key_);
    how();
    EXPECT_FALSE(seal_.unsealed(sealed));
    const std::string fault = seal_.fault();
    EXPECT_THROW(seal_.sealed("new"), base::Error);
    seal_.prepare();
    EXPECT_EQ(seal_.fault(), "");
    EXPECT_EQ(seal_.unsealed(seal_.sealed("new")), "new");
    EXPECT_FALSE(seal_.unsealed(sealed)) << "the key of before was taken again";
    EXPECT_NE(base::read_file(key_), before);
    return fault;
  };
  EXPECT_EQ(bad([&] { fs::remove(key_); }), "the key of the images is missing");
  EXPECT_EQ(bad([&] { fs::resize_file(key_, 31); }), "the key of the images is damaged");
  EXPECT_EQ(bad([&] { fs::resize_file(key_, 33); }), "the key of the images is damaged");
  EXPECT_EQ(bad([&] { fs::resize_file(key_, 0); }), "the key of the images is damaged");
  for (const mode_t mode : {0640U, 0604U, 0660U}) {
    EXPECT_EQ(bad([&] { ::chmod(key_.c_str(), mode); }),
              "the key of the images is open to other users");
  }
  EXPECT_EQ(bad([&] {
              fs::remove(key_);
              ASSERT_EQ(::mkfifo(key_.c_str(), 0600), 0);
            }),
            "the key of the images is damaged");
  const fs::path precious = scratch_.path() / "precious";
  std::ofstream(precious) << std::string(32, 'p');
  ::chmod(precious.c_str(), 0600);
  EXPECT_EQ(bad([&] {
              fs::remove(key_);
              fs::create_symlink(precious, key_);
            }),
            "the key of the images is a symbolic link");
  EXPECT_EQ(base::read_file(precious), std::string(32, 'p'));
}

TEST_F(WarmSealTest, SaysWhenThereCanBeNoKey) {
  fs::remove_all(scratch_.path() / "data");
  std::ofstream(scratch_.path() / "data") << "a file";
  EXPECT_THROW(seal_.prepare(), base::Error);
  EXPECT_FALSE(seal_.unsealed("text"));
  fs::remove(scratch_.path() / "data");
  fs::create_directories(key_);  // a directory in its place
  EXPECT_THROW(seal_.prepare(), base::Error);
  EXPECT_EQ(std::distance(fs::directory_iterator(key_.parent_path()), {}), 1);
}

}  // namespace
}  // namespace quiz::qemu
