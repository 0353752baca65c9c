#include "run/own_disk_bay.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"

namespace quiz::run {
namespace {

namespace fs = std::filesystem;

class FakeMachine final : public machine::Machine {
 public:
  int wire() const override { return -1; }
  int console() const override { return -1; }
  std::vector<int> descriptors() const override { return {}; }
  std::vector<machine::MachineEvent> handle() override { return {}; }
  machine::Start start() const override { return machine::Start::cold; }
  void pause() override {}
  void resume() override {}
  void system_request(char) override {}
  void plug(const machine::Disk& disk) override {
    if (refuses) throw base::Error("no");
    EXPECT_EQ(fs::file_size(disk.file), disk.bytes);
    plugged.push_back(disk);
  }
  void unplug(const std::string& name) override { pulled.push_back(name); }
  void kill() override {}

  bool refuses = false;
  std::vector<machine::Disk> plugged;
  std::vector<std::string> pulled;
};

machine::Disk disk_named(const std::string& name) {
  machine::Disk disk;
  disk.name = name;
  return disk;
}

class OwnDiskBayTest : public ::testing::Test {
 protected:
  OwnDiskBayTest() { paths_.cache = scratch_.path() / "cache"; }

  base::TempDir scratch_{"/tmp", "quiz-bay-"};
  base::Paths paths_;
  FakeMachine machine_;
  const relay::NewDisk wanted_{.bytes = 1 << 20};
};

TEST_F(OwnDiskBayTest, CountsOnFromTheDisksThatAreThere) {
  OwnDiskBay bay(paths_, {disk_named("data3"), disk_named("quizb1"), disk_named("quizbx")}, true);
  EXPECT_EQ(bay.plug(machine_, wanted_), "quizb2");
  EXPECT_EQ(bay.plug(machine_, wanted_), "quizb3");
  bay.unplug(machine_, "quizb3");
  bay.unplug(machine_, "quizb1");
  EXPECT_EQ(machine_.pulled, (std::vector<std::string>{"quizb3", "quizb1"}));
  EXPECT_EQ(bay.plug(machine_, wanted_), "quizb4") << "a name is not given twice";
}

TEST_F(OwnDiskBayTest, RemovesTheFileOfADiskThatIsPulled) {
  OwnDiskBay bay(paths_, {}, true);
  bay.plug(machine_, wanted_);
  const fs::path file = machine_.plugged.at(0).file;
  EXPECT_TRUE(fs::exists(file));
  bay.unplug(machine_, "quizb0");
  EXPECT_FALSE(fs::exists(file));
}

TEST_F(OwnDiskBayTest, RefusesWhatItHasNot) {
  OwnDiskBay closed(paths_, {disk_named("quizb0")}, false);
  EXPECT_THROW(closed.plug(machine_, wanted_), base::Error);
  EXPECT_THROW(closed.unplug(machine_, "quizb0"), base::Error);
  OwnDiskBay bay(paths_, {}, true);
  EXPECT_THROW(bay.unplug(machine_, "quizb0"), base::Error);
  EXPECT_THROW(bay.unplug(machine_, "../x"), base::Error);
}

TEST_F(OwnDiskBayTest, LeavesNoFileOfADiskThatIsRefused) {
  OwnDiskBay bay(paths_, {}, true);
  machine_.refuses = true;
  EXPECT_THROW(bay.plug(machine_, wanted_), base::Error);
  machine_.refuses = false;
  bay.plug(machine_, wanted_);
  const auto directory = fs::directory_iterator(machine_.plugged.at(0).file.parent_path());
  EXPECT_EQ(std::count_if(begin(directory), end(directory),
                          [](const auto& entry) { return entry.path().extension() == ".raw"; }),
            1);
}

TEST_F(OwnDiskBayTest, HoldsNoMoreThanAProfileMay) {
  OwnDiskBay bay(paths_, {}, true);
  for (int i = 0; i < 64; ++i) bay.plug(machine_, wanted_);
  EXPECT_THROW(bay.plug(machine_, wanted_), base::Error);
}

}  // namespace
}  // namespace quiz::run
