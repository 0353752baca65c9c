#include "qemu/machine_qemu.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "qemu/warm_key.h"

namespace quiz::qemu {
namespace {

namespace fs = std::filesystem;

/// A program in QEMU's place that writes down what it was started for and does as it is told.
class QemuMachineTest : public testing::Test {
 protected:
  QemuMachineTest() {
    spec_.kernel = "/k";
    spec_.initramfs = "/i";
    spec_.memory_mib = 1;
  }

  /// `resume` and `boot` are shell commands; 5 is the monitor.
  void program(const std::string& resume, const std::string& boot) {
    base::write_file_atomically(program_,
                                "#!/bin/sh\ncase \"$*\" in\n"
                                "*-incoming*) echo resume >>" +
                                    log_.string() + "; " + resume + ";;\n*) echo boot >>" +
                                    log_.string() + "; " + boot + ";;\nesac\n",
                                0755);
  }
  void make_image() {
    auto draft = images_.begin(key(), spec_.memory_mib << 20);
    base::write_all(draft->state(), "devices", "state");
    images_.publish(std::move(draft), "hello");
  }
  std::string key() const { return warm_key(program_.string(), spec_); }
  static confinement::Request nothing() {
    confinement::Request request;
    request.layers = confinement::read_layers("none");
    return request;
  }
  bool has_image() const { return images_.find(key()).image.has_value(); }
  std::string started() const { return base::read_file_if_exists(log_).value_or(""); }

  /// Until it tells something; what it throws is the test's.
  std::vector<machine::MachineEvent> wait_for_event() {
    QemuMachine machine(program_.string(), spec_, confinement_, WarmStart{images_}, reporter_);
    return wait_for_event(machine);
  }
  static std::vector<machine::MachineEvent> wait_for_event(QemuMachine& machine) {
    for (;;) {
      std::vector<pollfd> polled;
      for (const int fd : machine.descriptors()) polled.push_back({fd, POLLIN, 0});
      ::poll(polled.data(), polled.size(), 10'000);
      auto events = machine.handle();
      if (!events.empty()) return events;
    }
  }
  std::string error() {
    try {
      return "event: " + wait_for_event().front().detail;
    } catch (const base::Error& error) {
      return error.what();
    }
  }

  base::TempDir scratch_{fs::temp_directory_path(), "quiz-unit-"};
  fs::path program_ = scratch_.path() / "qemu";
  fs::path log_ = scratch_.path() / "log";
  machine::MachineSpec spec_;
  WarmImages images_{scratch_.path() / "warm", scratch_.path() / "key", std::uint64_t{1} << 40};
  // The programs below write a file that no QEMU may write.
  confinement::Confinement confinement_{nothing()};
  base::SilentReporter reporter_;
};

constexpr char kNoPort[] = "echo 'qemu: -netdev user: no such port' >&2; exit 1";
constexpr char kGreeting[] = R"(printf '{"QMP": {}}\n{"return": {}, "id": 1}\n' >&5; )";

// A port that is taken, a directory that QEMU may not enter: no fault of the image.
TEST_F(QemuMachineTest, WhatCannotBeHadIsAnErrorAndCostsNoImage) {
  program(kNoPort, kNoPort);
  make_image();
  EXPECT_EQ(
      error(),
      "the machine could not be started: QEMU exited with status 1: qemu: -netdev user: no such "
      "port");
  EXPECT_EQ(started(), "resume\nboot\n") << "each way is tried once";
  EXPECT_TRUE(has_image());
}

TEST_F(QemuMachineTest, AnImageInUseThatDoesNotGoOnIsNotTriedAgain) {
  program(std::string(kGreeting) + "exit 1", std::string(kGreeting) + "exit 3");
  make_image();
  const auto held = images_.find(key());
  ASSERT_TRUE(held.image);
  EXPECT_EQ(error(), "event: QEMU exited with status 3");
  EXPECT_EQ(started(), "resume\nboot\n");
}

TEST_F(QemuMachineTest, AnImageThatQemuDoesNotTakeIsForgotten) {
  program(std::string(kGreeting) + "exit 1", std::string(kGreeting) + "exit 3");
  make_image();
  EXPECT_EQ(error(), "event: QEMU exited with status 3");
  EXPECT_FALSE(has_image());
}

// Before it greets nobody knows what it did not like; that it starts without the image tells.
TEST_F(QemuMachineTest, AnImageThatIsThereInVainIsForgotten) {
  program("exit 1", std::string(kGreeting) + "exit 3");
  make_image();
  EXPECT_EQ(error(), "event: QEMU exited with status 3");
  EXPECT_FALSE(has_image());
}

// The memory, which QEMU takes when it has greeted; a limit of threads, by which it aborts.
TEST_F(QemuMachineTest, WhatQemuLacksAfterItsGreetingCannotBeHadEither) {
  for (const char* end : {"echo 'qemu: cannot set up guest memory' >&2; exit 1", "kill -6 $$"}) {
    program("exit 9", std::string(R"(printf '{"QMP": {}}\n' >&5; )") + end);
    EXPECT_EQ(error().find("the machine could not be started: QEMU "), 0U) << error();
  }
}

TEST_F(QemuMachineTest, AnAcceleratorThatFailsIsAnEventForAnotherIsThere) {
  spec_.accelerator = machine::Accelerator::kvm;
  program("exit 9", "echo 'qemu: failed to initialize KVM: Device or resource busy' >&2; exit 1");
  make_image();
  EXPECT_EQ(error(),
            "event: QEMU exited with status 1: qemu: failed to initialize KVM: Device or resource "
            "busy");
  program("exit 9", kNoPort);
  EXPECT_NE(error().find("could not be started"), std::string::npos);
}

TEST_F(QemuMachineTest, OneThatIsKilledIsAnEvent) {
  program("exit 9", "kill -9 $$");
  make_image();
  EXPECT_NE(error().find("event: QEMU was killed by signal 9"), std::string::npos);
}

}  // namespace
}  // namespace quiz::qemu
