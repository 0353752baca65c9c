#include "profile/preparation.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>

#include "base/error.h"

namespace quiz::profile {
namespace {

class PreparationTest : public testing::Test {
 protected:
  PreparationTest() {
    fs::create_directory(disks_);
    effects_.disks = {{{"quizb0", {}, 1 << 20, 512, false, false}, "", true},
                      {{"quizb1", {}, 2 << 20, 4096, true, false}, "", true}};
  }
  Preparation prepare() { return {effects_, {}, scratch_, disks_, kept_, signals_, reporter_}; }

  base::TempDir place_{fs::temp_directory_path(), "quiz-unit-"};
  fs::path scratch_ = place_.path() / "scratch";
  fs::path disks_ = place_.path() / "disks";
  fs::path kept_ = place_.path() / "kept";
  base::SignalSource signals_{{SIGUSR1}};
  base::SilentReporter reporter_;
  Effects effects_;
};

// Disks may grow beyond what there is room for in the runtime directory.
TEST_F(PreparationTest, DisksOfTheRunAreWhereTheRoomIs) {
  EXPECT_TRUE(makes_disks(effects_));
  const Preparation preparation = prepare();
  ASSERT_EQ(preparation.disks().size(), 2U);
  EXPECT_EQ(preparation.disks()[0].file, disks_ / "quizb0.raw");
  EXPECT_EQ(preparation.disks()[1].file, disks_ / "quizb1.raw");
  EXPECT_EQ(fs::file_size(disks_ / "quizb1.raw"), 2U << 20);
  struct stat status = {};
  ASSERT_EQ(::stat((disks_ / "quizb0.raw").c_str(), &status), 0);
  EXPECT_EQ(status.st_blocks, 0) << "sparse";
  EXPECT_FALSE(preparation.writes_kept());
  EXPECT_FALSE(fs::exists(scratch_));
}

TEST_F(PreparationTest, KeptDisksAreElsewhere) {
  for (WantedDisk& disk : effects_.disks) {
    disk.persist = "set";
    disk.disk.sector = 512;
  }
  EXPECT_FALSE(makes_disks(effects_));
  {
    const Preparation preparation = prepare();
    EXPECT_EQ(preparation.disks().at(0).file, kept_ / "set" / "quizb0.raw");
    EXPECT_TRUE(preparation.writes_kept());
    EXPECT_THROW(prepare(), base::Error) << "they are in use";
  }
  EXPECT_TRUE(fs::is_empty(disks_));
  EXPECT_TRUE(fs::exists(kept_ / "set" / "quizb0.raw"));
}

}  // namespace
}  // namespace quiz::profile
