// run() with a monitor and a machine that have nothing behind them: the test plays the guest.
#include "run/run.h"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "../machine/fake_machine.h"
#include "../relay/fake_guest.h"
#include "../relay/standard_descriptors.h"
#include "base/error.h"
#include "base/files.h"

namespace quiz::run {
namespace {

namespace fs = std::filesystem;
using machine::MachineSpec;
using machine::Saved;
using machine::StartOrder;
using machine::test::FakeMachine;
using machine::test::FakeMonitor;
using relay::test::FakeGuest;
using wire::Type;

class SilentObserver final : public relay::Observer {
 public:
  void console_line(const std::string&) override {}
  void kernel_message(int, const std::string&) override {}
  void notice(const std::string&) override {}
  void program_started() override {}
  void stays(const std::string&) override {}
  void terminal_raw(bool) override {}
};

/// `true` on the host's root, by a kernel that is a file and needs no modules.
class RunTest : public testing::Test {
 protected:
  RunTest() {
    std::signal(SIGPIPE, SIG_IGN);  // as main does
    directory_ = fs::temp_directory_path() / ("quiz-run-test." + std::to_string(::getpid()));
    fs::create_directories(directory_);
    paths_.config = directory_ / "config";
    paths_.data = directory_ / "data";
    paths_.cache = directory_ / "cache";
    paths_.runtime = directory_ / "runtime";
    request_.kernel.name = "file";
    request_.kernel.release = "6.12.0";
    request_.kernel.image = directory_ / "vmlinux";
    base::write_file_atomically(request_.kernel.image, "a kernel");
    request_.words = {"true"};
    request_.directory = "/";
    request_.accelerator = config::Accelerator::kTcg;
    request_.memory_mib = 512;
  }
  ~RunTest() override {
    if (guest_.joinable()) guest_.join();
    base::remove_all_quietly(directory_);
  }

  /// What the guest of each machine does, in a thread of its own.
  void play(const std::function<void(FakeGuest&)>& guest, FakeMachine& machine) {
    if (guest_.joinable()) guest_.join();
    guest_ = std::thread([guest, end = machine.take_guest_end()]() mutable {
      sigset_t all;  // a signal to the process is for the relay
      ::sigfillset(&all);
      ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
      FakeGuest played(std::move(end));
      guest(played);
    });
  }
  static void say_hello(FakeGuest& guest) {
    guest.send(Type::hello, 0, wire::Hello{wire::kVersion, 5'000'000, "6.12.0", "tsc", 1}.encode());
  }
  static void run_program(FakeGuest& guest, std::uint32_t status) {
    say_hello(guest);
    guest.receive(Type::exec);
    guest.send(Type::started, 1, wire::Started{6'000'000}.encode());
    guest.send(Type::exit, 1, relay::test::exited(status));
  }
  Result run_with(const machine::Monitor& monitor) {
    const base::Fd null = base::open_file("/dev/null", O_RDWR);
    const relay::test::StandardDescriptors standard(null.get(), null.get(), null.get());
    return run(request_, paths_, monitor, reporter_, observer_, relay::Clock::now());
  }

  fs::path directory_;
  base::Paths paths_;
  Request request_;
  base::SilentReporter reporter_;
  SilentObserver observer_;
  std::thread guest_;
};

TEST_F(RunTest, HandsTheMonitorThePlansMachineAndTakesTheGuestsOutcome) {
  FakeMonitor monitor([this](FakeMachine& machine, const MachineSpec& spec, const StartOrder&) {
    EXPECT_EQ(spec.kernel, request_.kernel.image);
    EXPECT_EQ(spec.memory_mib, 512U);
    EXPECT_TRUE(fs::exists(spec.initramfs)) << spec.initramfs;
    EXPECT_FALSE(spec.shares.empty());
    play([](FakeGuest& guest) { run_program(guest, 3); }, machine);
  });
  const Result result = run_with(monitor);
  const auto* const exited = std::get_if<machine::Exited>(&result.outcome.ending);
  ASSERT_NE(exited, nullptr) << result.outcome.ending.index();
  EXPECT_EQ(exited->status, 3);
  EXPECT_EQ(result.board, "breadboard");
  EXPECT_EQ(monitor.started, 1);
  EXPECT_FALSE(fs::exists(paths_.runtime)) << "something of the run is left";
}

TEST_F(RunTest, AllowsASavedMachineUnlessTheBootIsWanted) {
  for (const bool cold : {false, true}) {
    request_.cold = cold;
    FakeMonitor monitor([&](FakeMachine& machine, const MachineSpec&, const StartOrder& order) {
      EXPECT_EQ(order.saved, cold ? Saved::none : Saved::allowed);
      play([](FakeGuest& guest) { run_program(guest, 0); }, machine);
    });
    run_with(monitor);
    EXPECT_EQ(monitor.started, 1);
  }
}

TEST_F(RunTest, IsNotRepeatedWhenTheMachineIsLostAfterTheProgramBegan) {
  FakeMonitor monitor([this](FakeMachine& machine, const MachineSpec&, const StartOrder&) {
    play(
        [&machine](FakeGuest& guest) {
          say_hello(guest);
          guest.receive(Type::exec);
          guest.send(Type::started, 1, wire::Started{6'000'000}.encode());
          machine.happen(machine::MachineEvent::Kind::ended);
        },
        machine);
  });
  const Result result = run_with(monitor);
  EXPECT_TRUE(std::holds_alternative<machine::Lost>(result.outcome.ending));
  EXPECT_EQ(monitor.started, 1);
}

TEST_F(RunTest, StartsNothingThatTheMonitorHasNoRoomFor) {
  FakeMonitor monitor([](FakeMachine&, const MachineSpec&, const StartOrder&) {});
  monitor.most_memory = 256;
  EXPECT_THROW(run_with(monitor), base::Error);
  EXPECT_EQ(monitor.started, 0);
  EXPECT_FALSE(fs::exists(paths_.runtime)) << "something of the run is left";
}

TEST_F(RunTest, OfADryOneTellsTheMonitorsInvocation) {
  FakeMonitor monitor([](FakeMachine&, const MachineSpec&, const StartOrder&) {});
  EXPECT_EQ(dry_run(request_, paths_, monitor, reporter_),
            (std::vector<std::string>{"fake", request_.kernel.image.string()}));
  EXPECT_EQ(monitor.started, 0);
}

}  // namespace
}  // namespace quiz::run
