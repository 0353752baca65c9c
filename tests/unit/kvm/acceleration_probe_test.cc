#include "kvm/acceleration_probe.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "base/files.h"

namespace quiz::kvm {
namespace {

namespace fs = std::filesystem;

// These run on machines of all kinds: without /dev/kvm, with one that interprets, with one that
// accelerates.
bool has_device() { return ::access("/dev/kvm", F_OK) == 0; }

class AccelerationProbeTest : public testing::Test {
 protected:
  base::TempDir scratch_{fs::temp_directory_path(), "quiz-unit-"};
  fs::path cache_ = scratch_.path() / "cache" / "quiz";
  fs::path file_ = cache_ / "acceleration";
};

// ctest's time limit ends this where the device hangs.
TEST_F(AccelerationProbeTest, AnswersOnEveryMachineAndSaysWhy) {
  const Acceleration acceleration = probe_acceleration();
  EXPECT_NE(acceleration.explanation.find("/dev/kvm"), std::string::npos);
  EXPECT_TRUE(has_device() || !acceleration.usable);
  EXPECT_TRUE(!acceleration.usable || acceleration.million_per_s > 0);
}

TEST_F(AccelerationProbeTest, LeavesNoChildBehind) {
  probe_acceleration();
  // One that hangs in the device dies a moment later; none may still be running then.
  while (::waitpid(-1, nullptr, 0) > 0) {
  }
  EXPECT_EQ(errno, ECHILD);
}

TEST_F(AccelerationProbeTest, KeepsNothingWhereThereIsNoDevice) {
  const Acceleration acceleration = cached_acceleration(cache_);
  EXPECT_EQ(fs::exists(file_), has_device());
  EXPECT_EQ(acceleration.explanation.find("there is no") != std::string::npos, !has_device());
}

TEST_F(AccelerationProbeTest, AsksTheDeviceOnlyOnce) {
  if (!has_device()) return;  // nothing is kept
  const Acceleration measured = cached_acceleration(cache_);
  const Acceleration again = cached_acceleration(cache_);
  EXPECT_EQ(again.usable, measured.usable);
  EXPECT_EQ(again.explanation, measured.explanation);
  // A line that no measurement gives shows where the answer comes from.
  const std::string line = base::read_file(file_);
  const std::string key = line.substr(0, line.find(' '));
  base::write_file_atomically(file_, key + " 1 2.5 remembered, not measured");
  const Acceleration remembered = cached_acceleration(cache_);
  EXPECT_TRUE(remembered.usable);
  EXPECT_EQ(remembered.million_per_s, 2.5);
  EXPECT_EQ(remembered.explanation, "remembered, not measured");
}

TEST_F(AccelerationProbeTest, MeasuresAgainWhereTheMemoryIsDamagedOrOfAnotherMachine) {
  if (!has_device()) return;
  const bool usable = cached_acceleration(cache_).usable;
  const std::string line = base::read_file(file_);
  const std::string key = line.substr(0, line.find(' '));
  for (const std::string& damaged :
       {std::string(), key, key + " ", key + " 1", key + " x y z", key.substr(1) + " 1 2.5 other",
        std::string(64, '0') + " 1 2.5 other machine", std::string(100'000, '\0')}) {
    base::write_file_atomically(file_, damaged);
    const Acceleration acceleration = cached_acceleration(cache_);
    EXPECT_EQ(acceleration.usable, usable) << damaged.substr(0, 100);
    EXPECT_NE(acceleration.explanation.find("/dev/kvm"), std::string::npos);
    EXPECT_TRUE(base::read_file(file_).starts_with(key + " ")) << "repaired";
  }
}

TEST_F(AccelerationProbeTest, AnswersWhereNothingCanBeRemembered) {
  base::write_file_atomically(scratch_.path() / "file", "");
  const Acceleration acceleration = cached_acceleration(scratch_.path() / "file" / "below");
  EXPECT_FALSE(acceleration.explanation.empty());
  base::make_directories(file_);  // a directory in the file's place
  EXPECT_FALSE(cached_acceleration(cache_).explanation.empty());
}

}  // namespace
}  // namespace quiz::kvm
