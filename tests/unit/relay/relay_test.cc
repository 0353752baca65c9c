// The relay between a machine, whose guest the test plays, and descriptors 0 to 2, which are files
// and pipes of the test.
#include "relay/relay.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <functional>
#include <thread>

#include "../machine/fake_machine.h"
#include "base/files.h"
#include "base/pipe.h"
#include "fake_guest.h"
#include "standard_descriptors.h"

namespace quiz::relay {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using machine::test::FakeMachine;
using test::FakeGuest;
using wire::Type;
using Kind = machine::MachineEvent::Kind;

class Notes final : public Observer {
 public:
  void console_line(const std::string&) override {}
  void kernel_message(int level, const std::string& text) override {
    messages.push_back(std::to_string(level) + " " + text);
  }
  void notice(const std::string& text) override { notices.push_back(text); }
  void program_started() override { ++started; }
  void stays(const std::string& name) override { stays_as.push_back(name); }
  void terminal_raw(bool) override { ++raw; }

  std::vector<std::string> messages;
  std::vector<std::string> notices;
  std::vector<std::string> stays_as;
  int started = 0;
  int raw = 0;
};

std::string hello() { return wire::Hello{wire::kVersion, 5'000'000, "6.1.0", "tsc", 1}.encode(); }
std::string started() { return wire::Started{6'000'000}.encode(); }

wire::Exec hook_program(const std::string& name) {
  wire::Exec exec;
  exec.arguments = {name};
  exec.streams = {wire::StreamKind::closed, wire::StreamKind::pipe, wire::StreamKind::joined};
  return exec;
}

class RelayTest : public testing::Test {
 protected:
  RelayTest() {
    std::signal(SIGPIPE, SIG_IGN);  // as main does
    plan_.streams.kinds.fill(wire::StreamKind::pipe);
    plan_.exec.arguments = {"true"};
    plan_.exec.streams = plan_.streams.kinds;
    plan_.setup.hostname = "quiz";
    in_.write_end.reset();  // an input that ends at once, unless the test has another one
  }

  /// Runs the relay while `guest` plays in a thread of its own. Without one the guest has said
  /// everything before.
  machine::Outcome run(const std::function<void()>& guest = {}) {
    std::thread thread;
    if (guest) {
      thread = std::thread([&guest] {
        // A signal to the process is for the relay.
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
        guest();
      });
    }
    const test::StandardDescriptors standard(in_.read_end.get(), out_.write_end.get(),
                                             err_.write_end.get());
    base::SignalSource signals = Relay::take_signals();
    Relay relay(machine_, console_, plan_, notes_, signals, Clock::now());
    const machine::Outcome outcome = relay.run();
    clocks_ = relay.clocks();
    clocksource_ = relay.clocksource();
    stdin_consumed_ = relay.stdin_consumed();
    output_error_ = relay.output_error();
    boot_log_ = relay.take_boot_log();
    if (thread.joinable()) thread.join();
    return outcome;
  }
  void begin() {
    guest_.send(Type::hello, 0, hello());
    guest_.send(Type::started, 1, started());
  }
  /// The reason why the run was lost; the test fails if it was not.
  static std::string lost(const machine::Outcome& outcome) {
    const auto* ending = std::get_if<machine::Lost>(&outcome.ending);
    EXPECT_NE(ending, nullptr) << "index " << outcome.ending.index();
    return ending == nullptr ? "" : ending->reason;
  }
  static int status(const machine::Outcome& outcome) {
    const auto* ending = std::get_if<machine::Exited>(&outcome.ending);
    EXPECT_NE(ending, nullptr) << "index " << outcome.ending.index();
    return ending == nullptr ? -1 : ending->status;
  }
  static std::string take(const base::Pipe& pipe) {
    std::string bytes(1 << 20, '\0');
    base::set_nonblocking(pipe.read_end.get(), true);
    const ssize_t count = ::read(pipe.read_end.get(), bytes.data(), bytes.size());
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return bytes;
  }

  base::Pipe in_ = base::make_pipe();
  base::Pipe out_ = base::make_pipe();
  base::Pipe err_ = base::make_pipe();
  FakeMachine machine_;
  FakeGuest guest_{machine_.take_guest_end()};
  ConsoleLog console_{{}, {}};
  RelayPlan plan_;
  Notes notes_;
  Clocks clocks_;
  std::string clocksource_;
  std::optional<std::uint64_t> stdin_consumed_;
  int output_error_ = -1;
  std::vector<wire::Log> boot_log_;
};

TEST_F(RelayTest, RunsAProgramToItsEnd) {
  begin();
  guest_.send(Type::stdout_data, 1, "out\0"s);
  guest_.send(Type::stderr_data, 1, "err");
  guest_.send(Type::eof, 1, wire::StreamEnd{wire::Stream::out}.encode());
  guest_.send(Type::exit, 1, test::exited(42));
  const machine::Outcome outcome = run();
  EXPECT_EQ(status(outcome), 42);
  EXPECT_FALSE(outcome.oops);
  EXPECT_EQ(take(out_), "out\0"s);
  EXPECT_EQ(take(err_), "err");
  EXPECT_EQ(notes_.started, 1);
  EXPECT_TRUE(notes_.notices.empty());
  EXPECT_TRUE(clocks_.hello && clocks_.program && clocks_.end);
  EXPECT_EQ(clocks_.kernel_ns, 5'000'000U);
  EXPECT_EQ(clocksource_, "tsc");
}

TEST_F(RelayTest, EndsAMachineThatWritesMoreThanItMay) {
  int looks = 0;
  plan_.look_at_output = [&] {
    ++looks;
    return looks < 3 ? OutputLook{{}, 1ms} : OutputLook{"too much", 1ms};
  };
  begin();  // and the program never ends
  const machine::Outcome outcome = run();
  ASSERT_TRUE(std::holds_alternative<machine::OverLimit>(outcome.ending));
  EXPECT_EQ(std::get<machine::OverLimit>(outcome.ending).complaint, "too much");
  EXPECT_EQ(looks, 3);
}

TEST_F(RelayTest, TellsTheGuestWhatItIsAndThenTheProgram) {
  plan_.exec.arguments = {"printf", "%s", "a b"};
  plan_.setup.bundle = {{"etc/hostname", 0644, "quiz\n"}};
  run([&] {
    guest_.send(Type::hello, 0, hello());
    const auto setup = wire::Setup::decode(guest_.receive(Type::setup).payload);
    ASSERT_TRUE(setup);
    EXPECT_EQ(setup->hostname, "quiz");
    EXPECT_EQ(setup->entropy.size(), 64U);
    EXPECT_GT(setup->realtime_ns, 1'500'000'000'000'000'000U) << "the clock of now";
    EXPECT_EQ(setup->bundle.size(), 1U);
    const test::Received frame = guest_.receive();
    EXPECT_EQ(frame.type, Type::exec);
    EXPECT_EQ(frame.session, 1);
    const auto exec = wire::Exec::decode(frame.payload);
    ASSERT_TRUE(exec);
    EXPECT_EQ(exec->arguments, plan_.exec.arguments);
    guest_.send(Type::exit, 1, test::exited(0));
  });
}

TEST_F(RelayTest, MovesInputAndOutputOfAnySize) {
  base::Pipe input = base::make_pipe();
  in_.read_end = std::move(input.read_end);
  const std::string bytes(3'000'000, 'q');
  std::string echoed;
  std::thread writer([&] {
    base::write_all(input.write_end.get(), bytes, "input");
    input.write_end.reset();
  });
  std::thread reader([&] {
    for (char chunk[65536];;) {
      const ssize_t count = ::read(out_.read_end.get(), chunk, sizeof chunk);
      if (count <= 0 || echoed.size() >= bytes.size()) return;
      echoed.append(chunk, static_cast<std::size_t>(count));
      if (echoed.size() >= bytes.size()) return;
    }
  });
  // A guest that sends back what it gets, within its credit, and grants as it goes.
  const machine::Outcome outcome = run([&] {
    begin();
    std::string waiting;
    std::uint64_t credit = wire::kInitialCredit;
    for (bool ended = false; !ended || !waiting.empty();) {
      const test::Received frame = guest_.receive();
      if (testing::Test::HasFailure()) return;
      if (frame.type == Type::stdin_data) {
        waiting += frame.payload;
        guest_.send(Type::credit, 1,
                    wire::Credit{wire::Stream::in, static_cast<std::uint32_t>(frame.payload.size())}
                        .encode());
      }
      if (frame.type == Type::credit) credit += wire::Credit::decode(frame.payload)->bytes;
      if (frame.type == Type::eof) ended = true;
      while (!waiting.empty() && credit > 0) {
        const std::size_t size = std::min<std::size_t>(
            {waiting.size(), static_cast<std::size_t>(credit), wire::kMaxPayload});
        guest_.send(Type::stdout_data, 1, waiting.substr(0, size));
        waiting.erase(0, size);
        credit -= size;
      }
    }
    wire::Exit exit;
    exit.stdin_consumed = bytes.size();
    guest_.send(Type::exit, 1, exit.encode());
  });
  writer.join();
  reader.join();
  EXPECT_EQ(status(outcome), 0);
  EXPECT_TRUE(echoed == bytes);
  EXPECT_EQ(stdin_consumed_, bytes.size());
}

TEST_F(RelayTest, TellsHowElseAProgramEnds) {
  begin();
  guest_.send(Type::exit, 1, wire::Exit{wire::Ending::signalled, 9, 0, 0, {}}.encode());
  const machine::Outcome outcome = run();
  ASSERT_TRUE(std::holds_alternative<machine::Signalled>(outcome.ending));
  EXPECT_EQ(std::get<machine::Signalled>(outcome.ending).signal, 9);
}

TEST_F(RelayTest, TellsWhyAProgramDidNotStart) {
  guest_.send(Type::hello, 0, hello());
  guest_.send(Type::exit, 1,
              wire::Exit{wire::Ending::cannot_prepare, EACCES, 0, 0, "enter\x1b[2J"}.encode());
  const machine::Outcome outcome = run();
  ASSERT_TRUE(std::holds_alternative<machine::NotStarted>(outcome.ending));
  EXPECT_EQ(std::get<machine::NotStarted>(outcome.ending).error_number, EACCES);
  EXPECT_EQ(std::get<machine::NotStarted>(outcome.ending).detail, "enter\\x1b[2J");
  EXPECT_EQ(notes_.started, 0);
  EXPECT_FALSE(clocks_.program);
}

TEST_F(RelayTest, LosesAGuestThatSpeaksBeforeItGreets) {
  guest_.send(Type::started, 1, started());
  EXPECT_EQ(lost(run()), "the guest sent something before hello on the wire");
}

TEST_F(RelayTest, LosesAGuestOfAnotherVersion) {
  wire::Hello other;
  other.version = 7;
  guest_.send(Type::hello, 0, other.encode());
  EXPECT_EQ(lost(run()), "the guest's init speaks version 7 of the wire, not 5");
}

TEST_F(RelayTest, LosesAGuestThatGreetsBrokenly) {
  guest_.send(Type::hello, 0, "?");
  EXPECT_EQ(lost(run()), "the guest sent a broken hello on the wire");
}

TEST_F(RelayTest, TakesAnotherGreetingUntilTheProgramRuns) {
  guest_.send(Type::hello, 0, wire::Hello{wire::kVersion, 1, "6.1.0", "tsc-early", 1}.encode());
  begin();
  guest_.send(Type::hello, 0, hello());
  EXPECT_EQ(lost(run()), "the guest sent a broken hello on the wire");
}

TEST_F(RelayTest, LosesAGuestThatSendsTooLongAFrame) {
  begin();
  guest_.send_raw("\xff\xff\xff\xff\x06\0\x01\0garbage"s);
  EXPECT_EQ(lost(run()), "the guest sent a frame longer than any may be on the wire");
}

TEST_F(RelayTest, LosesAGuestThatSendsNoise) {
  std::string noise(100'000, '\0');
  for (std::size_t i = 0; i < noise.size(); ++i) noise[i] = static_cast<char>(i * i >> 3);
  guest_.send_raw(noise);
  EXPECT_NE(lost(run()).find("on the wire"), std::string::npos);
}

TEST_F(RelayTest, LosesAGuestThatSpeaksOfAnUnknownSession) {
  begin();
  guest_.send(Type::stdout_data, 2, "x");
  EXPECT_EQ(lost(run()), "the guest sent a frame that makes no sense (type 6) on the wire");
  EXPECT_EQ(take(out_), "");
}

TEST_F(RelayTest, LosesAGuestThatSendsABrokenKernelMessage) {
  begin();
  guest_.send(Type::log, 0, "?");
  EXPECT_EQ(lost(run()), "the guest sent a broken kernel message on the wire");
}

TEST_F(RelayTest, LosesAGuestThatExceedsItsCredit) {
  begin();
  const machine::Outcome outcome = run([&] {
    // Nobody reads: the pipe's 64 KiB are granted anew, and no more.
    for (int i = 0; i < 6; ++i) guest_.send(Type::stdout_data, 1, std::string(60'000, 'x'));
  });
  EXPECT_EQ(lost(outcome), "the guest sent a frame that makes no sense (type 6) on the wire");
}

TEST_F(RelayTest, TellsAPanicByTheConsole) {
  begin();
  machine_.say("Kernel panic - not syncing: sysrq triggered crash\r\nCPU: 0\r\n");
  machine_.happen(Kind::reset);
  const machine::Outcome outcome = run();
  ASSERT_TRUE(std::holds_alternative<machine::GuestPanic>(outcome.ending));
  EXPECT_EQ(std::get<machine::GuestPanic>(outcome.ending).reason, "sysrq triggered crash");
}

TEST_F(RelayTest, TellsAPanicOfWhichTheConsoleSaysNothing) {
  begin();
  machine_.happen(Kind::panicked);
  machine_.happen(Kind::reset);
  const machine::Outcome outcome = run();
  ASSERT_TRUE(std::holds_alternative<machine::GuestPanic>(outcome.ending));
  EXPECT_EQ(std::get<machine::GuestPanic>(outcome.ending).reason, "");
}

TEST_F(RelayTest, HasTheConsolesWordsForAPanicThatTheMachineTellsOf) {
  begin();
  machine_.say("Kernel panic - not syncing: dead\r\n");
  machine_.happen(Kind::panicked);
  machine_.happen(Kind::reset);
  const machine::Outcome outcome = run();
  ASSERT_TRUE(std::holds_alternative<machine::GuestPanic>(outcome.ending));
  EXPECT_EQ(std::get<machine::GuestPanic>(outcome.ending).reason, "dead");
}

TEST_F(RelayTest, EndsAGuestThatPanickedAndStandsStill) {
  begin();
  machine_.say("Kernel panic - not syncing: dead\r\n");
  EXPECT_TRUE(std::holds_alternative<machine::GuestPanic>(run().ending));
}

TEST_F(RelayTest, EndsAGuestThatHaltedWithoutSwitchingOff) {
  begin();
  machine_.say("reboot: System halted\r\n");
  EXPECT_EQ(lost(run()), "the guest's kernel halted the machine");
}

TEST_F(RelayTest, LosesAMachineThatRestarts) {
  begin();
  machine_.happen(Kind::reset);
  EXPECT_EQ(lost(run()), "the guest rebooted");
}

TEST_F(RelayTest, LosesAMachineThatIsSwitchedOff) {
  begin();
  machine_.happen(Kind::powered_off);
  EXPECT_EQ(lost(run()), "the guest powered itself off");
}

TEST_F(RelayTest, LosesAMachineThatEndsAndSaysWhy) {
  machine_.happen(Kind::ended);
  EXPECT_EQ(lost(run()), "QEMU exited with status 1: no space");
  EXPECT_FALSE(clocks_.hello);
}

TEST_F(RelayTest, TellsWhatInitSaidWhenItGaveUp) {
  machine_.say("[    0.9] quiz-init: cannot mount /proc: No such device\r\n");
  machine_.happen(Kind::powered_off);
  EXPECT_EQ(lost(run()), "the guest's init gave up: cannot mount /proc: No such device");
}

TEST_F(RelayTest, DoesNotTakeAProgramsWordForInits) {
  begin();
  guest_.send(Type::stdout_data, 1, "quiz-init: nonsense\n");
  const machine::Outcome outcome = run([&] {
    while (take(out_).empty()) std::this_thread::yield();
    machine_.say("quiz-init: nonsense\r\n");
    machine_.happen(Kind::powered_off);
  });
  EXPECT_EQ(lost(outcome), "the guest powered itself off");
}

TEST_F(RelayTest, CountsAnExitThatCameJustBeforeTheMachineEnded) {
  begin();
  guest_.send(Type::stdout_data, 1, "last words");
  guest_.send(Type::exit, 1, test::exited(3));
  machine_.happen(Kind::powered_off);
  EXPECT_EQ(status(run()), 3);
  EXPECT_EQ(take(out_), "last words");
}

TEST_F(RelayTest, DeliversAllOutputOfAProgramWhoseMachineHasEnded) {
  std::size_t delivered = 0;
  const machine::Outcome outcome = run([&] {
    begin();
    for (int i = 0; i < 4; ++i) guest_.send(Type::stdout_data, 1, std::string(60'000, 'x'));
    guest_.send(Type::exit, 1, test::exited(0));
    machine_.happen(Kind::ended);
    for (char chunk[10'000]; delivered < 240'000;) {
      const ssize_t count = ::read(out_.read_end.get(), chunk, sizeof chunk);
      if (count <= 0) return;
      delivered += static_cast<std::size_t>(count);
    }
  });
  EXPECT_EQ(status(outcome), 0);
  EXPECT_EQ(delivered, 240'000U);
}

TEST_F(RelayTest, ReportsAnOopsThatTaintedTheKernelWhileTheProgramRan) {
  begin();
  machine_.say("[    2.0] BUG: unable to handle page fault\r\n");
  guest_.send(Type::exit, 1, wire::Exit{wire::Ending::exited, 0, 1U << 7, 0, {}}.encode());
  const machine::Outcome outcome = run();
  EXPECT_EQ(status(outcome), 0);
  EXPECT_EQ(outcome.oops, "BUG: unable to handle page fault");
}

TEST_F(RelayTest, TakesNoPrintedLineForAnOopsWhenTheKernelIsNotTainted) {
  begin();
  machine_.say("[    2.0] BUG: unable to handle page fault\r\n");  // anybody may write to /dev/kmsg
  guest_.send(Type::exit, 1, wire::Exit{wire::Ending::exited, 0, 1U << 9, 0, {}}.encode());
  EXPECT_FALSE(run().oops);
}

TEST_F(RelayTest, ShowsKernelMessagesWithoutWhatHarmsATerminal) {
  begin();
  guest_.send(Type::log, 0, wire::Log{4, 0, "\x1b[2Jdisk\x07"}.encode());
  guest_.send(Type::exit, 1, test::exited(0));
  run();
  EXPECT_EQ(notes_.messages, std::vector{"4 \\x1b[2Jdisk\\x07"s});
}

TEST_F(RelayTest, EndsAProgramThatTakesTooLongWithAReportOfTheKernel) {
  plan_.timeout = 1ms;
  begin();
  EXPECT_TRUE(std::holds_alternative<machine::TimedOut>(run().ending));
  std::string keys = machine_.keys();
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(keys, "8ltw") << "to the console: blocked tasks, all tasks, all CPUs";
}

// While the kernel reports, the program goes on; its limit has passed all the same.
TEST_F(RelayTest, TakesAnEndDuringThatReportForTooLate) {
  plan_.timeout = 1ms;
  const machine::Outcome outcome = run([&] {
    begin();
    guest_.receive(Type::exec);
    while (!machine_.asked()) std::this_thread::yield();
    guest_.send(Type::exit, 1, test::exited(0));
  });
  EXPECT_TRUE(std::holds_alternative<machine::TimedOut>(outcome.ending));
  EXPECT_EQ(machine_.keys().size(), 4U) << "the report is whole";
}

TEST_F(RelayTest, GivesUpAGuestThatDoesNotComeUp) {
  plan_.limits.boot = 0s;
  const machine::Outcome outcome = run();
  ASSERT_TRUE(std::holds_alternative<machine::Lost>(outcome.ending));
  EXPECT_EQ(std::get<machine::Lost>(outcome.ending).reason,
            "the guest did not come up within 0 seconds");
}

TEST_F(RelayTest, GivesUpAHookThatDoesNotEnd) {
  plan_.before = {{"the guest hook of the profile zfs", {}}};
  plan_.limits.hook = 0s;
  guest_.send(Type::hello, 0, hello());
  const machine::Outcome outcome = run();
  const auto* ending = std::get_if<machine::HookFailed>(&outcome.ending);
  ASSERT_NE(ending, nullptr) << "index " << outcome.ending.index();
  EXPECT_EQ(ending->hook, "the guest hook of the profile zfs");
  EXPECT_EQ(ending->end, "did not end within 0 seconds");
}

// A guest that a hook has handed over must not keep the run for ever.
TEST_F(RelayTest, GivesUpAGuestThatNeverStartsTheProgramAfterAHook) {
  plan_.before = {{"the guest hook of the profile zfs", {}}};
  plan_.limits.boot = 1s;
  const machine::Outcome outcome = run([&] {
    guest_.send(Type::hello, 0, hello());
    guest_.send(Type::exit, 3, test::exited(0));
  });
  EXPECT_EQ(lost(outcome), "the guest did not start the program within 1 seconds");
}

TEST_F(RelayTest, GivesUpAShellThatNeverStarts) {
  plan_.shell_after = plan_.exec;
  plan_.limits.boot = 1s;
  begin();
  guest_.send(Type::exit, 1, test::exited(6));
  EXPECT_EQ(status(run()), 6);
  EXPECT_EQ(notes_.notices, std::vector{"the guest did not start the shell"s});
}

TEST_F(RelayTest, BelievesNoProgramThatTookMoreThanItWasGiven) {
  wire::Exit exit;
  exit.stdin_consumed = ~std::uint64_t{0} >> 1;
  begin();
  guest_.send(Type::exit, 1, exit.encode());
  run();
  EXPECT_EQ(stdin_consumed_, 0U);
}

TEST_F(RelayTest, KeepsNoMoreOfTheKernelsLogThanThereIsRoomFor) {
  plan_.boot_log = true;
  const wire::Log large{6, 1, std::string(60'000, 'x')};
  const machine::Outcome outcome = run([&] {
    begin();
    guest_.send(Type::exit, 1, test::exited(0));
    guest_.receive(Type::boot_log);
    for (int i = 0; i < 1000; ++i) guest_.send(Type::boot_log, 0, large.encode());
    guest_.send(Type::boot_log, 0, "");
  });
  EXPECT_EQ(status(outcome), 0);
  std::size_t bytes = 0;
  for (const wire::Log& log : boot_log_) bytes += log.text.size();
  EXPECT_GT(bytes, std::size_t{1} << 20);
  EXPECT_LE(bytes, std::size_t{16} << 20);
  ASSERT_EQ(notes_.notices.size(), 1U);
  EXPECT_NE(notes_.notices[0].find("messages of the kernel's log"), std::string::npos);
}

TEST_F(RelayTest, ShowsNoEndlessWordsOfTheGuest) {
  begin();
  guest_.send(Type::log, 0, wire::Log{4, 0, std::string(60'000, 'x')}.encode());
  wire::Exit exit;
  exit.ending = wire::Ending::cannot_prepare;
  exit.detail = std::string(60'000, 'x');
  guest_.send(Type::exit, 1, exit.encode());
  const machine::Outcome outcome = run();
  ASSERT_EQ(notes_.messages.size(), 1U);
  EXPECT_LE(notes_.messages[0].size(), 5000U);
  EXPECT_LE(std::get<machine::NotStarted>(outcome.ending).detail.size(), 5000U);
}

TEST_F(RelayTest, WatchesItsClocksWhileTheConsoleTalksWithoutEnd) {
  plan_.limits.boot = 1s;
  std::atomic<bool> over = false;
  std::vector<std::thread> flood;
  for (int i = 0; i < 4; ++i) {
    flood.emplace_back([&] {
      const std::string text(16384, 'x');
      while (!over) machine_.try_to_say(text);
    });
  }
  EXPECT_EQ(lost(run()), "the guest did not come up within 1 seconds");
  over = true;
  for (std::thread& thread : flood) thread.join();
}

TEST_F(RelayTest, LeavesAProgramThatEndsInTimeAlone) {
  plan_.timeout = 1h;
  begin();
  guest_.send(Type::exit, 1, test::exited(5));
  EXPECT_EQ(status(run()), 5);
  EXPECT_EQ(machine_.keys(), "");
}

// `quiz --timeout 5 prog | less`: how long the reader takes is not the program's time.
TEST_F(RelayTest, MeasuresTheProgramsTimeAndNotItsReaders) {
  plan_.timeout = 10ms;
  begin();
  for (int i = 0; i < 2; ++i) guest_.send(Type::stdout_data, 1, std::string(60'000, 'x'));
  guest_.send(Type::exit, 1, test::exited(9));
  const machine::Outcome outcome = run([&] {
    const auto expired = Clock::now() + 100ms;
    while (Clock::now() < expired) std::this_thread::yield();
    for (std::size_t delivered = 0; delivered < 120'000; delivered += take(out_).size()) {
    }
  });
  EXPECT_EQ(status(outcome), 9);
  EXPECT_EQ(machine_.keys(), "");
}

TEST_F(RelayTest, WritesSharedDirectoriesBeforeTheEnd) {
  plan_.setup.mounts = {{"/run/quiz/output", wire::ShareMode::read_write, {{"output", ""}}}};
  bool synced = false;
  const machine::Outcome outcome = run([&] {
    begin();
    guest_.send(Type::exit, 1, test::exited(6));
    EXPECT_FALSE(wire::Sync::decode(guest_.receive(Type::sync).payload).value().disks);
    synced = true;
    guest_.send(Type::sync, 0, "");
  });
  EXPECT_TRUE(synced);
  EXPECT_EQ(status(outcome), 6);
  EXPECT_TRUE(notes_.notices.empty());
}

TEST_F(RelayTest, WritesKeptDisksBeforeTheEnd) {
  plan_.keeps_disks = true;
  bool synced = false;
  const machine::Outcome outcome = run([&] {
    begin();
    guest_.send(Type::exit, 1, test::exited(6));
    EXPECT_TRUE(wire::Sync::decode(guest_.receive(Type::sync).payload).value().disks);
    synced = true;
    guest_.send(Type::sync, 0, "");
  });
  EXPECT_TRUE(synced);
  EXPECT_EQ(status(outcome), 6);
}

TEST_F(RelayTest, OpensAShellAfterTheProgramAndKeepsTheProgramsStatus) {
  plan_.shell_after = plan_.exec;
  plan_.shell_after->arguments = {"/bin/sh"};
  const machine::Outcome outcome = run([&] {
    begin();
    guest_.receive(Type::exec);
    guest_.send(Type::exit, 1, test::exited(7));
    const test::Received second = guest_.receive(Type::exec);
    EXPECT_EQ(second.session, 2);
    const auto exec = wire::Exec::decode(second.payload);
    ASSERT_TRUE(exec);
    EXPECT_EQ(exec->arguments, std::vector{"/bin/sh"s});
    guest_.send(Type::started, 2, started());
    guest_.send(Type::exit, 2, test::exited(1));
  });
  EXPECT_EQ(status(outcome), 7);
  EXPECT_EQ(notes_.started, 1);
}

TEST_F(RelayTest, PassesTheEndOfAReaderOn) {
  out_.read_end.reset();
  const machine::Outcome outcome = run([&] {
    begin();
    guest_.send(Type::stdout_data, 1, "y\n");
    const auto end = wire::StreamEnd::decode(guest_.receive(Type::eof).payload);
    const auto other = wire::StreamEnd::decode(guest_.receive(Type::eof).payload);
    ASSERT_TRUE(end && other);  // the input's, which is empty, and the output's
    EXPECT_NE(end->stream, other->stream);
    guest_.send(Type::exit, 1, wire::Exit{wire::Ending::signalled, SIGPIPE, 0, 0, {}}.encode());
  });
  EXPECT_TRUE(std::holds_alternative<machine::Signalled>(outcome.ending));
  EXPECT_EQ(output_error_, 0) << "that is what the reader wanted";
}

TEST_F(RelayTest, KnowsWhyTheOutputCouldNotBeWritten) {
  out_.write_end = base::open_file("/dev/full", O_WRONLY);
  begin();
  guest_.send(Type::stdout_data, 1, "x");
  guest_.send(Type::exit, 1, test::exited(0));
  EXPECT_EQ(status(run()), 0);
  EXPECT_EQ(output_error_, ENOSPC);
}

// --- the course of a run, and each step's time-out ----------------------------------------------

TEST_F(RelayTest, TakesEveryStepOfItsCourse) {
  plan_.before = {{"first", hook_program("first")}, {"second", hook_program("second")}};
  plan_.after = {{"third", hook_program("third")}, {"fourth", hook_program("fourth")}};
  plan_.shell_after = plan_.exec;
  plan_.shell_after->arguments = {"/bin/sh"};
  plan_.boot_log = true;
  plan_.keeps_disks = true;
  std::vector<std::string> course;
  const machine::Outcome outcome = run([&] {
    const auto play = [&](std::uint32_t status) {
      const test::Received frame = guest_.receive(Type::exec);
      const auto exec = wire::Exec::decode(frame.payload);
      ASSERT_TRUE(exec);
      course.push_back(exec->arguments.at(0));
      guest_.send(Type::started, frame.session, started());
      guest_.send(Type::exit, frame.session, test::exited(status));
    };
    guest_.send(Type::hello, 0, hello());
    for (const std::uint32_t status : {0U, 0U, 5U, 1U, 0U, 9U}) play(status);
    guest_.receive(Type::boot_log);
    course.emplace_back("log");
    guest_.send(Type::boot_log, 0, wire::Log{6, 1, "Linux version 6.1.0"}.encode());
    guest_.send(Type::boot_log, 0, "");
    guest_.receive(Type::sync);
    course.emplace_back("sync");
    guest_.send(Type::sync, 0, "");
  });
  EXPECT_EQ(course, (std::vector<std::string>{"first", "second", "true", "/bin/sh", "third",
                                              "fourth", "log", "sync"}));
  EXPECT_EQ(status(outcome), 5);
  EXPECT_EQ(boot_log_.size(), 1U);
  EXPECT_EQ(notes_.notices, std::vector{"fourth exited with status 9\n"s});
}

TEST_F(RelayTest, TellsWhyAHookFailed) {
  plan_.before = {{"the guest hook of the profile zfs", hook_program("zfs")}};
  guest_.send(Type::hello, 0, hello());
  guest_.send(Type::stdout_data, 3, "no such module\x1b\n");
  guest_.send(Type::exit, 3, test::exited(1));
  const machine::Outcome outcome = run();
  const auto* ending = std::get_if<machine::HookFailed>(&outcome.ending);
  ASSERT_NE(ending, nullptr) << "index " << outcome.ending.index();
  EXPECT_EQ(ending->end, "exited with status 1");
  EXPECT_EQ(ending->output, "no such module\\x1b\n");
  EXPECT_EQ(notes_.started, 0);
}

TEST_F(RelayTest, GivesUpAHookAfterTheProgramThatDoesNotEndAndThoseBehindIt) {
  plan_.after = {{"the hook that hangs", hook_program("hangs")},
                 {"another", hook_program("other")}};
  plan_.limits.hook = 0s;
  plan_.keeps_disks = true;
  const machine::Outcome outcome = run([&] {
    begin();
    guest_.send(Type::exit, 1, test::exited(6));
    // What it says when nobody waits for it any more is no reason to lose what the program came to.
    const auto late = [&] {
      guest_.send(Type::stdout_data, 3, "late");
      guest_.send(Type::exit, 3, test::exited(0));
    };
    EXPECT_EQ(guest_.receive(Type::exec).session, 1);
    EXPECT_EQ(guest_.receive(Type::exec).session, 3);
    EXPECT_EQ(guest_.receive().type, Type::sync);
    late();
    guest_.send(Type::sync, 0, "");
  });
  EXPECT_EQ(status(outcome), 6);
  EXPECT_EQ(notes_.notices, std::vector{"the hook that hangs did not end in time"s});
}

TEST_F(RelayTest, PassesOverAShellThatStartsTooLate) {
  plan_.shell_after = plan_.exec;
  plan_.keeps_disks = true;
  plan_.limits.boot = 1s;
  const machine::Outcome outcome = run([&] {
    begin();
    guest_.send(Type::exit, 1, test::exited(6));
    guest_.receive(Type::sync);
    guest_.send(Type::started, 2, started());
    guest_.send(Type::stdout_data, 2, "$ ");
    guest_.send(Type::exit, 2, test::exited(0));
    guest_.send(Type::sync, 0, "");
  });
  EXPECT_EQ(status(outcome), 6);
  EXPECT_EQ(notes_.notices, std::vector{"the guest did not start the shell"s});
  EXPECT_EQ(take(out_), "");
}

TEST_F(RelayTest, GivesUpTheKernelsLogOfAGuestThatDoesNotTellIt) {
  plan_.boot_log = true;
  plan_.limits.log = 0s;
  begin();
  guest_.send(Type::exit, 1, test::exited(6));
  EXPECT_EQ(status(run()), 6);
  EXPECT_EQ(notes_.notices, std::vector{"the guest did not tell the kernel's log in time"s});
}

TEST_F(RelayTest, TellsOfASharedDirectoryThatTheGuestDoesNotWrite) {
  plan_.setup.mounts = {{"/run/quiz/output", wire::ShareMode::read_write, {{"output", ""}}}};
  plan_.limits.sync = 0s;
  begin();
  guest_.send(Type::exit, 1, test::exited(6));
  EXPECT_EQ(status(run()), 6);
  EXPECT_EQ(notes_.notices,
            std::vector{"the guest did not write everything to the shared directory in time"s});
}

TEST_F(RelayTest, TellsOfKeptDisksThatTheGuestDoesNotWrite) {
  plan_.keeps_disks = true;
  plan_.limits.sync = 1h;
  plan_.limits.disk_sync = 0s;
  begin();
  guest_.send(Type::exit, 1, test::exited(6));
  EXPECT_EQ(status(run()), 6);
  EXPECT_EQ(notes_.notices,
            std::vector{"the guest did not write everything to the kept disks in time"s});
}

TEST_F(RelayTest, WaitsNoLongerForAReportThanItMay) {
  plan_.timeout = 1ms;
  plan_.limits.report = 0s;
  plan_.limits.report_silence = 1h;
  begin();
  EXPECT_TRUE(std::holds_alternative<machine::TimedOut>(run().ending));
  EXPECT_EQ(machine_.keys(), "8wtl");
}

// --- sessions beside the program's
// ----------------------------------------------------------------

/// A visitor who asks for one program once the user's runs. Its streams end at a socket of which
/// the test has the other end.
class Door final : public Visitors {
 public:
  void watch(base::PollSet&, Visited& visited) override {
    if (asked_ || visited.state() != RunState::runs) return;
    asked_ = true;
    wire::Exec exec;
    exec.arguments = {"uptime"};
    exec.streams.fill(wire::StreamKind::pipe);
    const int fd = socket_.first.get();
    Ends ends_of_session = ends_at(exec.streams, {fd, fd, fd});
    ends_of_session.owned.push_back(std::move(socket_.first));
    visited.begin_session(exec, std::move(ends_of_session),
                          [this](const std::optional<wire::Exit>& exit) { ends.push_back(exit); });
  }

  base::Fd take_peer() { return std::move(socket_.second); }
  std::vector<std::optional<wire::Exit>> ends;

 private:
  base::SocketPair socket_ = base::make_socket_pair();
  bool asked_ = false;
};

class RelaySessionsTest : public RelayTest {
 protected:
  RelaySessionsTest() { plan_.visitors = &door_; }

  /// Plays until both programs run. The other's session has this id.
  void begin_both() {
    begin();
    EXPECT_EQ(guest_.receive(Type::exec).session, 1);
    const test::Received frame = guest_.receive(Type::exec);
    EXPECT_EQ(frame.session, kOther);
    EXPECT_EQ(wire::Exec::decode(frame.payload).value_or(wire::Exec{}).arguments,
              std::vector{"uptime"s});
    guest_.send(Type::started, kOther, started());
  }
  std::string read_peer(std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t got = 0;
    while (got < size) {
      const ssize_t count = ::read(peer_.get(), bytes.data() + got, size - got);
      if (count <= 0) break;
      got += static_cast<std::size_t>(count);
    }
    bytes.resize(got);
    return bytes;
  }
  void wait_for_output(std::size_t size) {
    for (std::size_t taken = 0; taken < size; taken += take(out_).size()) std::this_thread::yield();
  }

  static constexpr std::uint16_t kOther = 3;
  Door door_;
  base::Fd peer_ = door_.take_peer();
};

TEST_F(RelaySessionsTest, RunsASecondProgramThatEndsAtASocket) {
  const machine::Outcome outcome = run([&] {
    begin_both();
    ASSERT_EQ(::write(peer_.get(), "question", 8), 8);
    const test::Received input = guest_.receive(Type::stdin_data);
    EXPECT_EQ(input.session, kOther);
    EXPECT_EQ(input.payload, "question");
    guest_.send(Type::stdout_data, 1, "of the program");
    guest_.send(Type::stdout_data, kOther, "answer");
    EXPECT_EQ(read_peer(6), "answer");
    guest_.send(Type::stderr_data, kOther, "!");
    guest_.send(Type::exit, kOther, test::exited(4));
    EXPECT_EQ(read_peer(2), "!") << "then the socket has been closed";
    wait_for_output(14);
    guest_.send(Type::exit, 1, test::exited(7));
  });
  EXPECT_EQ(status(outcome), 7);
  ASSERT_EQ(door_.ends.size(), 1U);
  ASSERT_TRUE(door_.ends[0]);
  EXPECT_EQ(door_.ends[0]->value, 4U);
  EXPECT_EQ(notes_.started, 1) << "only the user's program is the program";
}

TEST_F(RelaySessionsTest, HoldsNeitherUpForTheOthersReader) {
  constexpr std::size_t kMuch = 240'000;
  const machine::Outcome outcome = run([&] {
    begin_both();
    for (int i = 0; i < 4; ++i) guest_.send(Type::stdout_data, kOther, std::string(60'000, 'x'));
    guest_.send(Type::exit, kOther, test::exited(0));
    guest_.send(Type::stdout_data, 1, "still here");
    wait_for_output(10);
    EXPECT_EQ(read_peer(kMuch + 1).size(), kMuch);
    guest_.send(Type::exit, 1, test::exited(7));
  });
  EXPECT_EQ(status(outcome), 7);
  EXPECT_EQ(door_.ends.size(), 1U);
}

TEST_F(RelaySessionsTest, GoesOnWhenWhoWantedTheOtherHasGone) {
  const machine::Outcome outcome = run([&] {
    begin_both();
    peer_.reset();
    const auto end_of = [&] {
      for (;;) {
        const test::Received frame = guest_.receive(Type::eof);
        if (testing::Test::HasFailure()) return wire::Stream::in;
        if (frame.session == kOther) return wire::StreamEnd::decode(frame.payload)->stream;
      }
    };
    EXPECT_EQ(end_of(), wire::Stream::in);
    guest_.send(Type::stdout_data, kOther, "to nobody");
    EXPECT_EQ(end_of(), wire::Stream::out);
    guest_.send(Type::exit, 1, test::exited(7));
  });
  EXPECT_EQ(status(outcome), 7);
  ASSERT_EQ(door_.ends.size(), 1U);
  EXPECT_FALSE(door_.ends[0]) << "the run was over before";
}

TEST_F(RelaySessionsTest, GoesOnWhenMoreComesOfTheOtherThanItsEnd) {
  const machine::Outcome outcome = run([&] {
    begin_both();
    guest_.send(Type::exit, kOther, test::exited(0));
    EXPECT_EQ(read_peer(1), "");
    guest_.send(Type::stdout_data, kOther, "late");
    guest_.send(Type::exit, kOther, test::exited(1));
    guest_.send(Type::exit, 1, test::exited(7));
  });
  EXPECT_EQ(status(outcome), 7);
  ASSERT_EQ(door_.ends.size(), 1U);
  EXPECT_EQ(door_.ends[0]->value, 0U);
}

TEST_F(RelaySessionsTest, LosesAGuestThatBreaksTheProtocolInAnyOfThem) {
  const machine::Outcome outcome = run([&] {
    begin_both();
    guest_.send(Type::exit, kOther, "?");
  });
  EXPECT_EQ(lost(outcome), "the guest sent a frame that makes no sense (type 12) on the wire");
}

class RelayStayTest : public RelayTest {
 protected:
  /// Ends the run, as a visitor, when the machine stays; and begins a program in it before.
  class Guest final : public Visitors {
   public:
    void watch(base::PollSet&, Visited& visited) override {
      if (visited.state() == RunState::ends && !asked_again) {
        visited.stop(false);
        asked_again = true;
      }
      if (visited.state() != RunState::stays) return;
      if (with_program && session == nullptr) {
        wire::Exec exec;
        exec.arguments = {"sleep"};
        session = visited.begin_session(exec, {}, [](const auto&) {});
        return;
      }
      if (session != nullptr && !session->started()) return;
      if (!asked) visited.stop(false);
      asked = true;
    }
    bool with_program = false;
    bool asked = false;
    std::atomic<bool> asked_again = false;
    Session* session = nullptr;
  };

  RelayStayTest() {
    plan_.visitors = &visitor_;
    plan_.name = "box";
  }
  Guest visitor_;
};

TEST_F(RelayStayTest, StaysAfterTheProgramUntilSomebodyEndsIt) {
  plan_.keep = Keep::always;
  begin();
  guest_.send(Type::exit, 1, test::exited(3));
  EXPECT_EQ(status(run()), 3);
  EXPECT_EQ(notes_.stays_as, std::vector{"box"s});
  EXPECT_TRUE(visitor_.asked);
}

TEST_F(RelayStayTest, StaysOnFailureOnly) {
  plan_.keep = Keep::failure;
  begin();
  guest_.send(Type::exit, 1, test::exited(0));
  EXPECT_EQ(status(run()), 0);
  EXPECT_TRUE(notes_.stays_as.empty());
  EXPECT_FALSE(visitor_.asked);
}

TEST_F(RelayStayTest, DoesNotStayForAProgramThatNeverRan) {
  plan_.keep = Keep::always;
  guest_.send(Type::hello, 0, hello());
  wire::Exit exit;
  exit.ending = wire::Ending::cannot_execute;
  exit.value = ENOENT;
  guest_.send(Type::exit, 1, exit.encode());
  EXPECT_TRUE(std::holds_alternative<machine::NotStarted>(run().ending));
  EXPECT_TRUE(notes_.stays_as.empty());
}

TEST_F(RelayStayTest, NeedsNoProgram) {
  plan_.has_program = false;
  guest_.send(Type::hello, 0, hello());
  EXPECT_EQ(status(run()), 0);
  EXPECT_EQ(notes_.started, 1) << "what it is for has begun";
  EXPECT_EQ(notes_.stays_as, std::vector{"box"s});
}

// A second stop must not cost what the first one lets be written.
TEST_F(RelayStayTest, LetsWhatEndsAlreadyEnd) {
  plan_.has_program = false;
  Hook hook;
  hook.exec.arguments = {"/hook"};
  plan_.after = {hook};
  const machine::Outcome outcome = run([&] {
    guest_.send(Type::hello, 0, hello());
    const std::uint16_t session = guest_.receive(Type::exec).session;
    guest_.send(Type::started, session, started());
    while (!visitor_.asked_again) std::this_thread::yield();
    guest_.send(Type::exit, session, test::exited(0));
  });
  EXPECT_EQ(status(outcome), 0);
}

TEST_F(RelayStayTest, AsksTheProgramsOfItsVisitorsToEnd) {
  plan_.has_program = false;
  visitor_.with_program = true;
  const machine::Outcome outcome = run([&] {
    guest_.send(Type::hello, 0, hello());
    const std::uint16_t session = guest_.receive(Type::exec).session;
    guest_.send(Type::started, session, started());
    const auto signal = wire::Signal::decode(guest_.receive(Type::signal).payload);
    EXPECT_EQ(signal.value_or(wire::Signal{}).number, static_cast<std::uint32_t>(SIGTERM));
    guest_.send(Type::exit, session, test::exited(0));
  });
  EXPECT_EQ(status(outcome), 0);
}

TEST_F(RelayStayTest, DoesNotWaitForThoseThatDoNotEnd) {
  plan_.has_program = false;
  plan_.limits.obey = 50ms;
  visitor_.with_program = true;
  const machine::Outcome outcome = run([&] {
    guest_.send(Type::hello, 0, hello());
    const std::uint16_t session = guest_.receive(Type::exec).session;
    guest_.send(Type::started, session, started());
  });
  EXPECT_EQ(status(outcome), 0);
}

TEST_F(RelayStayTest, IsLostWithItsMachine) {
  plan_.keep = Keep::always;
  plan_.visitors = nullptr;
  const machine::Outcome outcome = run([&] {
    begin();
    guest_.send(Type::exit, 1, test::exited(0));
    while (notes_.stays_as.empty()) std::this_thread::yield();
    machine_.happen(Kind::powered_off);
  });
  EXPECT_EQ(lost(outcome), "the guest powered itself off");
}

TEST_F(RelayStayTest, EndsAtAnInterruptLikeAtAStop) {
  plan_.has_program = false;
  plan_.visitors = nullptr;
  const machine::Outcome outcome = run([&] {
    guest_.send(Type::hello, 0, hello());
    while (notes_.stays_as.empty()) std::this_thread::yield();
    ::kill(::getpid(), SIGINT);
  });
  EXPECT_EQ(status(outcome), 0);
}

/// A visitor with a debugger, from the machine's start or the program's, until the run ends.
class Debugging final : public Visitors {
 public:
  void watch(base::PollSet&, Visited& visited) override {
    if (begun || (!from_start && visited.state() != RunState::runs)) return;
    begun = true;
    socket_ = visited.begin_debugging();
    EXPECT_TRUE(visited.debugged());
  }
  bool from_start = false;
  std::atomic<bool> begun = false;

 private:
  base::Fd socket_;
};

class RelayDebuggingTest : public RelayTest {
 protected:
  RelayDebuggingTest() { plan_.visitors = &debugging_; }
  Debugging debugging_;
};

TEST_F(RelayDebuggingTest, CountsNoLimitWhileADebuggerIsThere) {
  plan_.timeout = 50ms;
  const machine::Outcome outcome = run([&] {
    begin();
    while (!debugging_.begun) std::this_thread::yield();
    std::this_thread::sleep_for(2 * plan_.timeout);
    guest_.send(Type::exit, 1, test::exited(7));
  });
  EXPECT_EQ(status(outcome), 7);
}

TEST_F(RelayDebuggingTest, WaitsForOneAsLongAsItTakes) {
  plan_.awaits_debugger = true;
  plan_.name = "box";
  plan_.limits.boot = 50ms;
  debugging_.from_start = true;
  const machine::Outcome outcome = run([&] {
    std::this_thread::sleep_for(2 * plan_.limits.boot);
    begin();
    guest_.send(Type::exit, 1, test::exited(7));
  });
  EXPECT_EQ(status(outcome), 7);
  ASSERT_EQ(notes_.notices.size(), 1U);
  EXPECT_EQ(notes_.notices[0], "the machine stands until a debugger comes: quiz vm gdb box");
}

TEST_F(RelayDebuggingTest, LetsTheMachineGoForAProgramThatIsToEnd) {
  const machine::Outcome outcome = run([&] {
    begin();
    while (!debugging_.begun) std::this_thread::yield();
    ::kill(::getpid(), SIGTERM);
    guest_.receive(Type::signal);
    EXPECT_FALSE(machine_.debugged());
    guest_.send(Type::exit, 1, test::exited(7));
  });
  EXPECT_EQ(status(outcome), 7);
}

/// A visitor who looks on, and does one thing after the other.
class Witness final : public Visitors, private Onlooker {
 public:
  void watch(base::PollSet&, Visited& visited) override {
    if (visited.state() != RunState::runs) return;
    if (!joined_) {
      joined_ = true;
      has_terminal = visited.attach(*this);
      visited.type_in("keys");
      visited.fetch_log([this](const std::vector<wire::Log>& fetched) { log = fetched; });
    }
  }
  bool has_terminal = false;
  std::string seen;
  std::optional<wire::Exit> end;
  std::vector<wire::Log> log;

 private:
  void show(std::string_view printed) override { seen += printed; }
  wire::WindowSize window() const override { return {10, 200}; }
  void ended(const wire::Exit& exit) override { end = exit; }

  bool joined_ = false;
};

class RelayWitnessTest : public RelayTest {
 protected:
  RelayWitnessTest() { plan_.visitors = &witness_; }
  Witness witness_;
};

TEST_F(RelayWitnessTest, IsShownTheTerminalAndItsEnd) {
  plan_.exec.streams = {wire::StreamKind::pty, wire::StreamKind::pty, wire::StreamKind::pty};
  plan_.streams.kinds = plan_.exec.streams;
  in_ = base::make_pipe();  // one that stays open
  const machine::Outcome outcome = run([&] {
    begin();
    guest_.send(Type::stdout_data, 1, "first");
    EXPECT_EQ(guest_.receive(Type::stdin_data).payload, "keys");
    const auto log = wire::Log{6, 17, "cold"};
    guest_.receive(Type::boot_log);
    guest_.send(Type::boot_log, 0, log.encode());
    guest_.send(Type::boot_log, 0, {});
    guest_.send(Type::stdout_data, 1, "second");
    guest_.send(Type::exit, 1, test::exited(7));
  });
  EXPECT_EQ(status(outcome), 7);
  EXPECT_TRUE(witness_.has_terminal);
  EXPECT_EQ(witness_.seen, "firstsecond");
  EXPECT_EQ(take(out_), "firstsecond");
  ASSERT_TRUE(witness_.end);
  EXPECT_EQ(witness_.end->value, 7U);
  ASSERT_EQ(witness_.log.size(), 1U);
  EXPECT_EQ(witness_.log[0].text, "cold");
}

TEST_F(RelayWitnessTest, MakesTheTerminalAsSmallAsTheSmallestOfAll) {
  plan_.exec.streams[1] = wire::StreamKind::pty;
  plan_.streams.kinds = plan_.exec.streams;
  const machine::Outcome outcome = run([&] {
    begin();
    wire::WindowSize window;
    // The first makes a program that draws its whole screen do so again.
    for (int i = 0; i < 2; ++i) {
      window = wire::WindowSize::decode(guest_.receive(Type::resize).payload)
                   .value_or(wire::WindowSize{});
    }
    EXPECT_EQ(window.rows, 10);
    EXPECT_EQ(window.columns, 80);
    guest_.send(Type::exit, 1, test::exited(0));
  });
  EXPECT_EQ(status(outcome), 0);
}

TEST_F(RelayWitnessTest, HasNothingToSeeWhereThereIsNoTerminal) {
  const machine::Outcome outcome = run([&] {
    begin();
    guest_.receive(Type::boot_log);
    guest_.send(Type::exit, 1, test::exited(0));
  });
  EXPECT_EQ(status(outcome), 0);
  EXPECT_FALSE(witness_.has_terminal);
  EXPECT_FALSE(witness_.end);
}

class RelaySignalTest : public RelayTest {
 protected:
  /// Plays until the program has been started and the relay serves: its answer to a ping of the
  /// guest's own shows that.
  void begin_and_wait() {
    begin();
    guest_.send(Type::stdout_data, 1, "ready");
    while (take(out_).empty()) std::this_thread::yield();
  }
  wire::Signal receive_signal() {
    return wire::Signal::decode(guest_.receive(Type::signal).payload).value_or(wire::Signal{});
  }
};

TEST_F(RelaySignalTest, ForwardsASignalToTheProgram) {
  const machine::Outcome outcome = run([&] {
    begin_and_wait();
    ::kill(::getpid(), SIGUSR1);
    const wire::Signal user = receive_signal();
    EXPECT_EQ(user.number, static_cast<std::uint32_t>(SIGUSR1));
    EXPECT_FALSE(user.whole_group);
    ::kill(::getpid(), SIGTERM);
    EXPECT_EQ(receive_signal().number, static_cast<std::uint32_t>(SIGTERM));
    guest_.send(Type::exit, 1, test::exited(8));
  });
  EXPECT_EQ(status(outcome), 8) << "a program may survive a SIGTERM";
}

TEST_F(RelaySignalTest, KillsAtTheSecondInterruptWithinASecond) {
  const machine::Outcome outcome = run([&] {
    begin_and_wait();
    ::kill(::getpid(), SIGINT);
    const wire::Signal interrupt = receive_signal();
    EXPECT_EQ(interrupt.number, static_cast<std::uint32_t>(SIGINT));
    EXPECT_TRUE(interrupt.whole_group) << "a key reaches all in the foreground";
    ::kill(::getpid(), SIGINT);
  });
  ASSERT_TRUE(std::holds_alternative<machine::Killed>(outcome.ending));
  EXPECT_EQ(std::get<machine::Killed>(outcome.ending).signal, SIGINT);
}

TEST_F(RelaySignalTest, EndsABootingMachineAtOnce) {
  const machine::Outcome outcome = run([&] {
    guest_.send(Type::hello, 0, hello());
    guest_.receive(Type::exec);
    ::kill(::getpid(), SIGTERM);
  });
  ASSERT_TRUE(std::holds_alternative<machine::Killed>(outcome.ending));
  EXPECT_EQ(std::get<machine::Killed>(outcome.ending).signal, SIGTERM);
}

}  // namespace
}  // namespace quiz::relay
