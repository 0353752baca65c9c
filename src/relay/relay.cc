#include "relay/relay.h"

#include <signal.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "base/host_clock.h"
#include "base/poll_set.h"
#include "base/printable.h"

namespace quiz::relay {

namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kProgramSession = 1;
constexpr std::uint16_t kShellSession = 2;
constexpr std::uint16_t kFirstHookSession = 3;

constexpr auto kBootLogLimit = 10s;
constexpr auto kSyncLimit = 10s;
/// As much as fits into the guest's memory may have to go to the host's disk.
constexpr auto kDiskSyncLimit = 60s;
/// A panicking kernel reboots at once; one that cannot any more is ended after this.
constexpr auto kLastWords = 1500ms;
/// Or as long as it still speaks (a dump of its trace buffers takes a while), but no longer than
/// this.
constexpr auto kMostLastWords = 15s;
constexpr auto kLastWordsRest = 500ms;

/// SysRq keys of the time-out's report: everything to the console, blocked tasks, all tasks, and
/// what every CPU does, which the user gets to see as the last words.
constexpr std::string_view kDumpKeys = "8wtl";
constexpr auto kDumpQuiet = 250ms;  // a console silent for so long has said what the key asked for
constexpr auto kDumpStepLimit = 3s;

/// Read of the console and of the wire at once, so that one who floods them holds up neither the
/// clocks nor the user's signals; and at a machine's end, which is more than a socket holds.
constexpr std::size_t kMostAtOnce = std::size_t{64} << 10;
constexpr std::size_t kMostAtTheEnd = std::size_t{8} << 20;

/// The kernel's log is as long as its buffer (128 KiB to some megabytes), unless the guest makes it
/// up.
constexpr std::size_t kMostLogMessages = 100'000;
constexpr std::size_t kMostLogBytes = std::size_t{16} << 20;

/// A serial port delivers byte by byte: after a look at the console it rests, so that the bytes of
/// a boot do not wake us twenty thousand times. Longer would fill the socket and hold the guest up.
constexpr auto kConsoleRest = 2ms;

/// How often a run in the background looks whether the terminal is its own now: a shell's fg tells
/// a job that runs nothing.
constexpr auto kTerminalLook = 200ms;

/// Taint flags of the guest's kernel (Documentation/admin-guide/tainted-kernels.rst): bad page,
/// died in an oops.
constexpr std::uint64_t kTaintBadPage = 1 << 5;
constexpr std::uint64_t kTaintDied = 1 << 7;

/// What a kernel says when the emulation of its CPU was held up: of no interest to whoever tests
/// it.
bool only_emulation(std::string_view text) {
  return text.starts_with("hrtimer: interrupt took") || text.starts_with("perf: interrupt took");
}

std::string fresh_entropy() {
  std::string bytes(64, '\0');
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) return {};
  return bytes;
}

}  // namespace

base::SignalSource Relay::take_signals() {
  return base::SignalSource(
      {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGTSTP, SIGCONT});
}

Relay::Relay(machine::Machine& machine, ConsoleLog& console, RelayPlan plan, Observer& observer,
             base::SignalSource& signals, Clock::time_point start)
    : machine_(machine),
      console_(console),
      plan_(std::move(plan)),
      observer_(observer),
      signals_(signals),
      link_(machine.wire()) {
  clocks_.start = start;
  timers_.set(Timer::boot, plan_.boot_limit);
  if (plan_.look_at_output) timers_.set(Timer::output, 0ms);
}

machine::Outcome Relay::run() {
  while (!ending_) {
    poll_once();
    while (const auto expired = timers_.take_expired()) handle_timer(*expired);
    if (!ending_) advance();
  }
  clocks_.end = Clock::now();
  read_console(kMostAtTheEnd);
  set_raw(false);

  machine::Outcome outcome{*ending_, std::nullopt};
  if (!program_exit_) {
    outcome.oops = console_.oops();
  } else if ((program_exit_->new_taint & (kTaintDied | kTaintBadPage)) != 0) {
    outcome.oops = console_.oops().value_or("the kernel is tainted by an oops");
  }
  return outcome;
}

void Relay::poll_once() {
  look_for_terminal();
  base::PollSet watch;
  if (wire_open_) {
    const int events = POLLIN | (link_.wants_write() ? POLLOUT : 0);
    watch.add(link_.fd(), static_cast<short>(events), [this] {
      link_.flush();
      read_wire();
    });
  }
  const bool console_rests = Clock::now() - console_active_ < kConsoleRest;
  if (console_open_ && !console_rests) {
    watch.add(machine_.console(), POLLIN, [this] { read_console(kMostAtOnce); });
  }
  if (!machine_gone_) {
    for (const int fd : machine_.descriptors()) watch.add(fd, POLLIN, [this] { handle_machine(); });
  }
  watch.add(signals_.fd(), POLLIN, [this] { handle_signals(); });
  if (wants_stdin()) watch.add(STDIN_FILENO, POLLIN, [this] { read_stdin(); });
  if (session_) {
    for (const wire::Stream stream : {wire::Stream::out, wire::Stream::err}) {
      watch.add(session_->wants_write(stream), POLLOUT,
                [this, stream] { session_->write_output(stream); });
    }
  }
  int wait_ms = timers_.until_next();
  const auto at_most = [&](std::chrono::milliseconds limit) {
    const int ms = static_cast<int>(limit.count());
    if (wait_ms < 0 || wait_ms > ms) wait_ms = ms;
  };
  if (console_rests) at_most(kConsoleRest);
  if (waits_for_terminal()) at_most(kTerminalLook);
  watch.wait(wait_ms);
  watch.serve();
}

void Relay::end(machine::Ending ending) {
  if (!ending_) ending_ = std::move(ending);
}

// --- the wire -----------------------------------------------------------------------------------

void Relay::read_wire() {
  if (!wire_open_) return;
  if (!link_.receive()) wire_open_ = false;
  while (!ending_) {
    const auto frame = link_.next();
    if (!frame) break;
    serve(*frame);
  }
  if (link_.broken()) garbage("a frame longer than any may be");
}

void Relay::garbage(const std::string& what) {
  end(machine::Lost{"the guest sent " + what + " on the wire"});
}

void Relay::serve(const wire::Frame& frame) {
  const auto type = static_cast<wire::Type>(frame.type);
  if (type == wire::Type::hello) return greet(frame);
  if (!clocks_.hello) return garbage("something before hello");
  switch (type) {
    case wire::Type::log: {
      const auto log = wire::Log::decode(frame.payload);
      if (!log) return garbage("a broken kernel message");
      if (plan_.emulated && only_emulation(log->text)) return;
      if (dump_step_ > 0) return;  // quiz itself asked for these; the console has them
      observer_.kernel_message(log->level, base::printable_line(log->text));
      return;
    }
    case wire::Type::ping:
      // A late or invented token says only that init is alive.
      timers_.clear(Timer::ping);
      unanswered_ = false;
      return;
    case wire::Type::boot_log:
      if (timers_.is_set(Timer::boot_log)) keep_boot_log(frame);
      return;
    case wire::Type::sync:
      if (timers_.is_set(Timer::sync)) end(program_ending());
      return;
    default:
      break;
  }
  if (hook_) {
    if (frame.session != hook_->id() || !hook_->serve(frame)) garbage("nonsense for a hook");
    return;
  }
  if (!session_) return garbage("something for a program that was not begun");
  const std::uint16_t expected = program_exit_ ? kShellSession : kProgramSession;
  const bool was_started = session_->started();
  if (frame.session != expected || !session_->serve(frame)) {
    return garbage("a frame that makes no sense (type " + std::to_string(frame.type) + ")");
  }
  if (!was_started && session_->started()) note_start();
  // How long our reader takes for the rest is not the program's time.
  if (session_->exit()) timers_.clear(Timer::program);
}

void Relay::keep_boot_log(const wire::Frame& frame) {
  if (frame.payload.empty()) {
    timers_.clear(Timer::boot_log);
    if (boot_log_dropped_ > 0) {
      observer_.notice("there was no room for the last " + std::to_string(boot_log_dropped_) +
                       " messages of the kernel's log");
    }
    return sync();
  }
  auto log = wire::Log::decode(frame.payload);
  if (!log) return garbage("a broken kernel message");
  const bool room = boot_log_dropped_ == 0 && boot_log_.size() < kMostLogMessages &&
                    boot_log_bytes_ + log->text.size() <= kMostLogBytes;
  if (!room) {
    ++boot_log_dropped_;
    return;
  }
  boot_log_bytes_ += log->text.size();
  boot_log_.push_back(std::move(*log));
}

void Relay::greet(const wire::Frame& frame) {
  const auto hello = wire::Hello::decode(frame.payload);
  if (!hello || clocks_.program) return garbage("a broken hello");
  if (hello->version != wire::kVersion) {
    return end(machine::Lost{"the guest's init speaks version " + std::to_string(hello->version) +
                             " of the wire, not " + std::to_string(wire::kVersion)});
  }
  constexpr std::size_t kLongestName = 64;
  clocksource_ = base::printable_line(hello->clocksource, kLongestName);
  if (clocks_.hello) return;  // said again
  clocks_.hello = Clock::now();
  clocks_.kernel_ns = hello->kernel_ns;
  plan_.setup.entropy = fresh_entropy();
  plan_.setup.realtime_ns = base::realtime_ns();
  link_.send(wire::Type::setup, 0, plan_.setup.encode());
  advance_hooks();
}

void Relay::begin_hook(const Hook& hook) {
  const auto id = static_cast<std::uint16_t>(kFirstHookSession + hooks_begun_++);
  hook_ = std::make_unique<HookSession>(id, hook, link_);
  timers_.clear(Timer::boot);
  timers_.set(Timer::hook, plan_.hook_limit);
}

/// The next hook before the program, or else the program.
void Relay::advance_hooks() {
  if (hooks_begun_ < plan_.before.size()) return begin_hook(plan_.before[hooks_begun_]);
  // A guest that a hook has handed to somebody else need not start anything.
  if (hooks_begun_ > 0) timers_.set(Timer::boot, plan_.boot_limit);
  begin_session(plan_.exec);
}

void Relay::begin_session(const wire::Exec& exec) {
  const auto descriptor = [&](wire::Stream stream, int fd) {
    const auto kind = exec.streams[static_cast<std::size_t>(stream)];
    const bool separate = kind == wire::StreamKind::pipe ||
                          (kind == wire::StreamKind::pty && stream != wire::Stream::err);
    return separate ? fd : -1;
  };
  session_ = std::make_unique<SessionRelay>(
      program_exit_ ? kShellSession : kProgramSession,
      SessionDescriptors{descriptor(wire::Stream::in, STDIN_FILENO),
                         descriptor(wire::Stream::out, STDOUT_FILENO),
                         descriptor(wire::Stream::err, STDERR_FILENO)},
      link_);
  wire::Exec sized = exec;
  sized.window = {24, 80};  // for a pty that was forced where there is no terminal
  if (const auto size =
          base::terminal_size(plan_.streams.raw_input ? STDIN_FILENO : STDOUT_FILENO)) {
    sized.window = {size->rows, size->columns};
  }
  session_->start(sized);
}

void Relay::note_start() {
  timers_.clear(Timer::boot);
  if (!clocks_.program) {
    clocks_.program = Clock::now();
    plan_.boot_slot.reset();
    if (plan_.timeout.count() > 0) timers_.set(Timer::program, plan_.timeout);
    observer_.program_started();
  }
  set_raw(plan_.streams.raw_input);
}

void Relay::advance() {
  if (timers_.is_set(Timer::dump)) return;  // out of time: an end that comes now is too late
  if (hook_) {
    if (!hook_->exit()) return;
    const std::unique_ptr<HookSession> hook = std::move(hook_);
    timers_.clear(Timer::hook);
    if (hook->success()) return program_exit_ ? finish_sessions() : advance_hooks();
    const machine::HookFailed failure{hook->name(), base::printable_line(hook->describe_end()),
                                      base::printable_lines(hook->output())};
    if (!program_exit_) return end(failure);
    observer_.notice(failure.hook + " " + failure.end + "\n" + failure.output);
    return finish_sessions();
  }
  if (!session_ || !session_->finished()) return;
  if (!program_exit_) {
    program_exit_ = session_->exit();
    clocks_.exit = Clock::now();
    stdin_consumed_ = std::min(program_exit_->stdin_consumed, session_->input_sent());
    if (const std::uint64_t full = program_exit_->full_size; full != 0) {
      observer_.notice("the machine's / was full while the program ran: it takes " +
                       std::to_string(full >> 20) +
                       " MiB of changes; --size=SIZE gives it more, with --memory=SIZE");
    }
    output_error_ = session_->output_error();
    timers_.clear(Timer::program);
    timers_.clear(Timer::obey);
    if (plan_.shell_after && !machine_gone_ && !shell_done_) {
      shell_done_ = true;
      timers_.set(Timer::boot, plan_.boot_limit);
      return begin_session(*plan_.shell_after);
    }
  }
  finish_sessions();
}

void Relay::finish_sessions() {
  set_raw(false);  // nobody takes keys any more: Ctrl-C is a signal again
  if (timers_.is_set(Timer::sync) || timers_.is_set(Timer::boot_log)) return;  // under way
  const std::size_t after = hooks_begun_ - plan_.before.size();
  if (after < plan_.after.size() && !machine_gone_) return begin_hook(plan_.after[after]);
  if (!plan_.boot_log || machine_gone_) return sync();
  link_.send(wire::Type::boot_log, 0, {});
  timers_.set(Timer::boot_log, kBootLogLimit);
}

void Relay::sync() {
  const bool writable = std::any_of(
      plan_.setup.mounts.begin(), plan_.setup.mounts.end(),
      [](const wire::Mount& mount) { return mount.mode == wire::ShareMode::read_write; });
  if ((!writable && !plan_.keeps_disks) || machine_gone_) return end(program_ending());
  link_.send(wire::Type::sync, 0, wire::Sync{plan_.keeps_disks}.encode());
  timers_.set(Timer::sync, plan_.keeps_disks ? kDiskSyncLimit : kSyncLimit);
}

machine::Ending Relay::program_ending() const {
  const auto value = static_cast<int>(program_exit_->value);
  switch (program_exit_->ending) {
    case wire::Ending::exited:
      return machine::Exited{value & 0xff};
    case wire::Ending::signalled:
      return machine::Signalled{value & 0x7f};
    case wire::Ending::cannot_execute:
    case wire::Ending::cannot_prepare:
      break;
  }
  return machine::NotStarted{value, base::printable_line(program_exit_->detail)};
}

std::optional<std::uint64_t> Relay::stdin_consumed() const { return stdin_consumed_; }

// --- the machine --------------------------------------------------------------------------------

void Relay::read_console(std::size_t most) {
  char chunk[16384];
  for (std::size_t read = 0; console_open_ && read < most;) {
    const ssize_t count = ::recv(machine_.console(), chunk, sizeof chunk, MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) break;  // EAGAIN
    read += static_cast<std::size_t>(count);
    if (count == 0) console_open_ = false;
    console_active_ = Clock::now();
    console_.add({chunk, static_cast<std::size_t>(count)});
  }
  if ((console_.panic() || console_.halted()) && !timers_.is_set(Timer::last_words) && !ending_) {
    timers_.set(Timer::last_words, kLastWords);
    last_words_end_ = Clock::now() + kMostLastWords;
  }
}

void Relay::drain() {
  read_console(kMostAtTheEnd);
  for (std::size_t read = 0; wire_open_ && !ending_ && read < kMostAtTheEnd;) {
    const bool more = link_.receive();
    if (!more) wire_open_ = false;
    bool any = false;
    while (const auto frame = ending_ ? std::nullopt : link_.next()) {
      any = true;
      read += sizeof(wire::FrameHeader) + frame->payload.size();
      serve(*frame);
    }
    if (!any) break;
  }
}

machine::Ending Relay::lost(const std::string& reason) const {
  if (console_.panic()) return machine::GuestPanic{*console_.panic()};
  if (!clocks_.program && console_.init_failure()) {
    return machine::Lost{"the guest's init gave up: " + *console_.init_failure()};
  }
  return machine::Lost{reason};
}

void Relay::handle_machine() {
  for (const machine::MachineEvent& event : machine_.handle()) {
    drain();
    machine_gone_ = true;
    // The program's end may have been the last thing on the wire: then that is the outcome.
    if (session_ && session_->exit()) continue;
    switch (event.kind) {
      case machine::MachineEvent::Kind::reset:
        end(lost("the guest rebooted"));
        break;
      case machine::MachineEvent::Kind::powered_off:
        end(lost("the guest powered itself off"));
        break;
      case machine::MachineEvent::Kind::ended:
      case machine::MachineEvent::Kind::failed:
        end(lost(event.detail));
        break;
    }
  }
}

void Relay::handle_timer(Timer timer) {
  switch (timer) {
    case Timer::boot:
      if (program_exit_) {
        observer_.notice("the guest did not start the shell");
        session_.reset();
        return finish_sessions();
      }
      // Once a hook has run, nothing may be tried again.
      boot_timed_out_ = hooks_begun_ == 0;
      return end(lost((boot_timed_out_ ? "the guest did not come up within "
                                       : "the guest did not start the program within ") +
                      std::to_string(plan_.boot_limit.count()) + " seconds"));
    case Timer::hook:
      if (program_exit_) {
        observer_.notice(hook_->name() + " did not end in time");
        hook_.reset();
        hooks_begun_ = plan_.before.size() + plan_.after.size();
        return finish_sessions();
      }
      return end(machine::HookFailed{
          hook_->name(),
          "did not end within " + std::to_string(plan_.hook_limit.count()) + " seconds",
          base::printable_lines(hook_->output())});
    case Timer::program:
      dump_step_ = 0;
      return continue_dump();
    case Timer::ping:
      unanswered_ = true;
      observer_.notice("the guest does not answer: Ctrl-C again kills it");
      return;
    case Timer::obey:
      return end(machine::Killed{obey_signal_});
    case Timer::last_words:
      if (const auto now = Clock::now();
          now - console_active_ < kLastWordsRest && now < last_words_end_) {
        return timers_.set(Timer::last_words, kLastWordsRest);
      }
      if (console_.panic()) return end(machine::GuestPanic{*console_.panic()});
      return end(lost("the guest's kernel halted the machine"));
    case Timer::sync:
      observer_.notice(plan_.keeps_disks
                           ? "the guest did not write everything to the kept disks in time"
                           : "the guest did not write everything to the shared directory in time");
      return end(program_ending());
    case Timer::boot_log:
      observer_.notice("the guest did not tell the kernel's log in time");
      return sync();
    case Timer::dump:
      return continue_dump();
    case Timer::output: {
      OutputLook look = plan_.look_at_output();
      timers_.set(Timer::output, look.next);
      if (!look.complaint.empty()) end(machine::OverLimit{std::move(look.complaint)});
      return;
    }
  }
}

void Relay::continue_dump() {
  const auto now = Clock::now();
  const bool step_done = dump_step_ == 0 || now - console_active_ >= kDumpQuiet ||
                         now - dump_step_began_ >= kDumpStepLimit;
  if (step_done) {
    if (dump_step_ == kDumpKeys.size()) return end(machine::TimedOut{});
    const char key = kDumpKeys[dump_step_++];
    if (dump_step_ == kDumpKeys.size()) console_.expect_cause();
    machine_.system_request(key);
    dump_step_began_ = console_active_ = Clock::now();
  }
  timers_.set(Timer::dump, 50ms);
}

}  // namespace quiz::relay
