#include "profile/preparation.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>

#include "base/error.h"
#include "base/files.h"
#include "profile/consent.h"

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

/// A project's profile that notes what it runs.
class AgreedHooks : public PreparationTest {
 protected:
  AgreedHooks() {
    effects_.disks.clear();
    hook("host", "before");
    hook("host-after", "agreed");
    base::write_file_atomically(folder_ / "lib.sh", "word=agreed\n");
  }
  void hook(const std::string& kind, const std::string& word) const {
    base::make_directories(folder_);
    base::write_file_atomically(folder_ / kind,
                                "#!/bin/sh\n. \"$QUIZ_PROFILE_DIR/lib.sh\"\necho " + kind + " " +
                                    word + " $word $(dirname \"$0\") >>" +
                                    (place_.path() / "log").string() + "\n",
                                0755);
  }
  void agree() {
    WantedHook hook{"theirs", true, folder_, "", {}, digest_of(folder_)};
    effects_.host = {hook};
    effects_.host_after = {hook};
  }
  std::string log() const { return base::read_file_if_exists(place_.path() / "log").value_or(""); }
  fs::path folder_ = place_.path() / "theirs";
};

TEST_F(AgreedHooks, AfterTheRunAreWhatTheyWereWhateverTheRunDid) {
  agree();
  {
    const Preparation preparation = prepare();
    hook("host-after", "evil");
    base::write_file_atomically(folder_ / "lib.sh", "word=evil\n");
  }
  const std::string copy = (scratch_ / "agreed/theirs").string();
  EXPECT_EQ(log(), "host before agreed " + copy + "\nhost-after agreed agreed " + copy + "\n");
}

TEST_F(AgreedHooks, AfterTheRunUndoEvenIfTheFolderIsGone) {
  agree();
  {
    const Preparation preparation = prepare();
    fs::remove_all(folder_);
  }
  EXPECT_NE(log().find("host-after agreed agreed"), std::string::npos) << log();
}

TEST_F(AgreedHooks, ThatHaveChangedBeforeTheRunDoNotRun) {
  agree();
  base::write_file_atomically(folder_ / "lib.sh", "word=evil\n");
  EXPECT_THROW(prepare(), base::Error);
  EXPECT_EQ(log(), "");
}

TEST_F(AgreedHooks, ThatNobodyAgreedToDoNotRun) {
  agree();
  effects_.host[0].agreed.clear();
  effects_.host_after.clear();
  EXPECT_THROW(prepare(), base::Error);
  EXPECT_EQ(log(), "");
}

TEST_F(AgreedHooks, AfterTheRunAloneAreTheCopyToo) {
  agree();
  effects_.host.clear();
  {
    const Preparation preparation = prepare();
    hook("host-after", "evil");
  }
  EXPECT_NE(log().find("host-after agreed"), std::string::npos) << log();
}

}  // namespace
}  // namespace quiz::profile
