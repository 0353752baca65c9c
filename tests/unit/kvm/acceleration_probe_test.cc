#include "kvm/acceleration_probe.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
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
  EXPECT_EQ(fs::exists(file_), acceleration.lasting);
  EXPECT_TRUE(has_device() || !acceleration.lasting);
  EXPECT_EQ(acceleration.explanation.find("there is no") != std::string::npos, !has_device());
}

// --- what a measurement means ------------------------------------------------------------------

TEST(JudgeTest, FastIsUsableAndSlowAllTheWhileIsAnInterpreter) {
  const Acceleration hardware = judge({1'000'000, 0.001, 0.001});
  EXPECT_TRUE(hardware.usable);
  EXPECT_TRUE(hardware.lasting);
  EXPECT_DOUBLE_EQ(hardware.million_per_s, 1000);
  const Acceleration interpreter = judge({40'000, 0.05, 0.049});
  EXPECT_FALSE(interpreter.usable);
  EXPECT_TRUE(interpreter.lasting);
  EXPECT_EQ(interpreter.explanation,
            "/dev/kvm only interprets: 0.80 million loop iterations a second");
}

TEST(JudgeTest, ABusyHostProvesNothing) {
  // Taken off the CPU for 30 ms, after half of the loop, before it, and one that is neither.
  for (const Measurement& measurement :
       {Measurement{1'000'000, 0.031, 0.001}, Measurement{500'000, 0.15, 0.0005},
        Measurement{0, 0.05, 0.0001}, Measurement{0, 0, 0}, Measurement{1'000'000, 0.05, 0.05}}) {
    const Acceleration acceleration = judge(measurement);
    EXPECT_FALSE(acceleration.usable);
    EXPECT_FALSE(acceleration.lasting) << acceleration.explanation;
  }
}

// --- what is remembered ------------------------------------------------------------------------

/// A file in the device's place, and what is found there.
class RememberedAccelerationTest : public AccelerationProbeTest {
 protected:
  RememberedAccelerationTest() { base::write_file_atomically(device_, "", 0600); }
  Acceleration ask() {
    return cached_acceleration(cache_, device_, [this] {
      ++measured_;
      return found_;
    });
  }
  std::string key() const {
    const std::string line = base::read_file(file_);
    return line.substr(0, line.find(' '));
  }

  fs::path device_ = scratch_.path() / "kvm";
  Acceleration found_{true, 800, "/dev/kvm accelerates", true};
  int measured_ = 0;
};

TEST_F(RememberedAccelerationTest, AsksTheDeviceOnlyOnce) {
  for (const bool usable : {true, false}) {
    found_ = {usable, 2.5, "/dev/kvm does what it does", true};
    fs::remove(file_);
    measured_ = 0;
    for (int i = 0; i < 3; ++i) {
      const Acceleration acceleration = ask();
      EXPECT_EQ(acceleration.usable, usable);
      EXPECT_EQ(acceleration.million_per_s, 2.5);
      EXPECT_EQ(acceleration.explanation, "/dev/kvm does what it does");
      EXPECT_TRUE(acceleration.lasting);
    }
    EXPECT_EQ(measured_, 1);
  }
}

TEST_F(RememberedAccelerationTest, ButNotWhatMayBeOtherwiseTomorrow) {
  found_ = {false, 0, "/dev/kvm cannot be used: Permission denied", false};
  EXPECT_FALSE(ask().usable);
  EXPECT_FALSE(fs::exists(file_));
  found_ = {true, 800, "/dev/kvm accelerates", true};
  EXPECT_TRUE(ask().usable);
  EXPECT_EQ(measured_, 2);
}

TEST_F(RememberedAccelerationTest, AsksAgainWhenTheDeviceChanges) {
  ask();
  fs::permissions(device_, fs::perms::owner_read);
  ask();
  EXPECT_EQ(measured_, 2);
}

// Who joins the group that may open the device changes nothing about the device.
TEST_F(RememberedAccelerationTest, AsksAgainWhenWeMayOpenIt) {
  if (::geteuid() != 0) return;  // only root can be two users
  fs::permissions(scratch_.path(), fs::perms::all);
  constexpr gid_t kGroup = 4711;
  ASSERT_EQ(::chown(device_.c_str(), 0, kGroup), 0);
  ASSERT_EQ(::chmod(device_.c_str(), 0660), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    // Whatever lies above need not be open to that user.
    const bool there = ::chdir(scratch_.path().c_str()) == 0;
    device_ = "kvm";
    cache_ = "cache";
    const bool became =
        ::setgroups(0, nullptr) == 0 && ::setegid(65534) == 0 && ::seteuid(65534) == 0;
    ask();
    const bool kept = ::seteuid(0) == 0 && ::setgroups(1, &kGroup) == 0 && ::seteuid(65534) == 0;
    ask();
    ask();
    ::_exit(there && became && kept && measured_ == 2 ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST_F(RememberedAccelerationTest, MeasuresAgainWhereTheMemoryIsDamagedOrOfAnotherMachine) {
  ask();
  const std::string key = this->key();
  for (const std::string& damaged :
       {std::string(), key, key + " ", key + " 1", key + " x y z", key.substr(1) + " 1 2.5 other",
        std::string(64, '0') + " 1 2.5 other machine", std::string(100'000, '\0')}) {
    base::write_file_atomically(file_, damaged);
    measured_ = 0;
    EXPECT_EQ(ask().explanation, found_.explanation) << damaged.substr(0, 100);
    EXPECT_EQ(measured_, 1) << damaged.substr(0, 100);
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
