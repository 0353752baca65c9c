#include "relay/relay.h"

#include <signal.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/host_clock.h"
#include "base/printable.h"

namespace quiz::relay {

namespace {

using namespace std::chrono_literals;

/// A panicking kernel reboots at once; one that cannot any more is ended after this.
/// Or as long as it still speaks (a dump of its trace buffers takes a while), but no longer than
/// this.
constexpr auto kMostLastWords = 15s;
constexpr auto kLastWordsRest = 500ms;

/// Read of the console and of the wire at once, so that one who floods them holds up neither the
/// clocks nor the user's signals; and at a machine's end, which is more than a socket holds.
constexpr std::size_t kMostAtOnce = std::size_t{64} << 10;
constexpr std::size_t kMostAtTheEnd = std::size_t{8} << 20;

/// A serial port delivers byte by byte: after a look at the console it rests, so that the bytes of
/// a boot do not wake us twenty thousand times. Longer would fill the socket and hold the guest up.
constexpr auto kConsoleRest = 2ms;

/// How often a run in the background looks whether the terminal is its own now: a shell's fg tells
/// a job that runs nothing.
constexpr auto kTerminalLook = 200ms;

/// What a kernel says when the emulation of its CPU was held up: of no interest to whoever tests
/// it.
bool only_emulation(std::string_view text) {
  return text.starts_with("hrtimer: interrupt took") || text.starts_with("perf: interrupt took");
}

/// What a SCSI disk makes the kernel say of the first command after its machine went on.
bool only_power_on(std::string_view text) {
  return text.starts_with("sd ") && text.ends_with("Power-on or device reset occurred");
}

std::string fresh_entropy() {
  std::string bytes(64, '\0');
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) return {};
  return bytes;
}

/// Which of the guest's mounts a run has to wait for at its end.
bool is_writable(const wire::Mount& mount) { return mount.mode == wire::ShareMode::read_write; }

Route route_of(const RelayPlan& plan) {
  Route route;
  route.before = plan.before.size();
  route.after = plan.after.size();
  route.shell = plan.shell_after.has_value();
  route.log = plan.boot_log;
  route.program = plan.has_program;
  route.sync = plan.keeps_disks ||
               std::any_of(plan.setup.mounts.begin(), plan.setup.mounts.end(), is_writable);
  return route;
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
      link_(machine.wire()),
      caller_(signals, plan_.streams.raw_input, observer, *this),
      route_(route_of(plan_)),
      awaits_debugger_(plan_.awaits_debugger) {
  clocks_.start = start;
  timers_.set(Timer::step, plan_.limits.boot);
  if (plan_.look_at_output) timers_.set(Timer::output, 0ms);
  if (plan_.front != nullptr) caller_.stand_behind(*plan_.front);
  stop_or_start_clocks();
}

machine::Outcome Relay::run() {
  if (awaits_debugger_) {
    observer_.notice("the machine stands until a debugger comes: quiz vm gdb " + plan_.name);
  }
  while (!ending_) {
    poll_once();
    while (const auto expired = clocks_stand() ? std::nullopt : timers_.take_expired()) {
      handle_timer(*expired);
    }
    if (!ending_) advance();
  }
  clocks_.end = Clock::now();
  read_console(kMostAtTheEnd);
  caller_.leave_keys();
  for (const auto& [id, ended] : std::exchange(beside_, {})) ended(sessions_.find(id)->exit());

  machine::Outcome outcome{*ending_, std::nullopt, {}};
  if (program_exit_) {
    constexpr std::size_t kMostFeatures = 8192;
    outcome.cpu_features = base::printable_line(program_exit_->cpu_features, kMostFeatures);
  }
  if (!program_exit_) {
    outcome.oops = console_.oops();
  } else if (tells_of_oops(*program_exit_)) {
    outcome.oops = console_.oops().value_or("the kernel is tainted by an oops");
  }
  return outcome;
}

void Relay::poll_once() {
  caller_.look_for_terminal();
  sessions_.catch_up();
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
  watch.add(caller_.signals(), POLLIN, [this] { caller_.handle_signals(); });
  sessions_.for_each([&](Session& session) { watch_session(watch, session); });
  if (plan_.visitors != nullptr) plan_.visitors->watch(watch, *this);
  if (plan_.network != nullptr) plan_.network->watch(watch);
  tell_hosts();
  if (ending_) return;  // one of them wanted that
  int wait_ms = clocks_stand() ? -1 : timers_.until_next();
  const auto at_most = [&](std::chrono::milliseconds limit) {
    const int ms = static_cast<int>(limit.count());
    if (wait_ms < 0 || wait_ms > ms) wait_ms = ms;
  };
  if (console_rests) at_most(kConsoleRest);
  if (plan_.network != nullptr && plan_.network->until_next() >= 0) {
    at_most(std::chrono::milliseconds(plan_.network->until_next()));
  }
  if (caller_.in_background() && program_runs()) at_most(kTerminalLook);
  watch.wait(wait_ms);
  watch.serve();
}

/// No session ends before all of the set has been served.
void Relay::watch_session(base::PollSet& watch, Session& session) {
  const bool of_caller = &session == program_;
  if (!of_caller || !(caller_.in_background() || caller_.away())) {
    watch.add(session.wants_read(), POLLIN, [this, &session, of_caller] {
      // Its shell may have taken it back since.
      if (of_caller) caller_.look_for_terminal();
      if (of_caller && caller_.in_background()) return;
      const std::string bytes = session.read_input();
      if (of_caller) return caller_.handle_input(bytes);
      session.send_input(bytes);
    });
  }
  for (const wire::Stream stream : {wire::Stream::out, wire::Stream::err}) {
    watch.add(session.wants_write(stream), POLLOUT,
              [&session, stream] { session.write_output(stream); });
  }
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
      if (only_power_on(log->text)) return;
      // Of a report quiz itself asked for these, and the console has them.
      if (step_.course == Course::report) return;
      observer_.kernel_message(log->level, base::printable_line(log->text));
      return;
    }
    case wire::Type::ping:
      // A late or invented token says only that init is alive.
      timers_.clear(Timer::ping);
      unanswered_ = false;
      return;
    case wire::Type::boot_log:
      return take_log(frame);
    case wire::Type::disk:
      return settle_disk(frame.payload);
    case wire::Type::sync:
      if (step_.course == Course::sync) proceed();
      return;
    default:
      return serve_session(frame);
  }
}

/// The guest answers in the order in which it was asked: the run's own wish is the last.
void Relay::take_log(const wire::Frame& frame) {
  const bool of_visitor = !log_wanted_.empty();
  if (!of_visitor && step_.course != Course::log) return;  // too late
  if (frame.payload.empty()) {
    if (!of_visitor) return end_log();
    log_wanted_.front()(log_for_visitor_.take());
    log_wanted_.pop_front();
    log_for_visitor_ = {};
    return;
  }
  auto log = wire::Log::decode(frame.payload);
  if (!log) return garbage("a broken kernel message");
  (of_visitor ? log_for_visitor_ : boot_log_).add(std::move(*log));
}

void Relay::serve_session(const wire::Frame& frame) {
  const bool was_started = program_ != nullptr && program_->started();
  if (sessions_.serve(frame) == Sessions::Served::garbage) {
    return garbage("a frame that makes no sense (type " + std::to_string(frame.type) + ")");
  }
  if (program_ == nullptr) return;
  if (!was_started && program_->started()) note_start();
  // How long our reader takes for the rest is not the program's time.
  if (program_->exit()) timers_.clear(Timer::program);
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
  tell_hosts();  // before any program
  proceed();
}

void Relay::tell_hosts() {
  if (plan_.network == nullptr || !clocks_.hello) return;
  if (const auto hosts = plan_.network->take_hosts()) link_.send(wire::Type::hosts, 0, *hosts);
}

// --- the machine --------------------------------------------------------------------------------

void Relay::read_console(std::size_t most) {
  char chunk[16384];
  for (std::size_t read = 0; console_open_ && read < most;) {
    const ssize_t count = ::read(machine_.console(), chunk, sizeof chunk);
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
  if (panicked_) return machine::GuestPanic{};
  if (!clocks_.program && console_.init_failure()) {
    return machine::Lost{"the guest's init gave up: " + *console_.init_failure()};
  }
  return machine::Lost{reason};
}

void Relay::handle_machine() {
  for (const machine::MachineEvent& event : machine_.handle()) {
    drain();
    if (event.kind == machine::MachineEvent::Kind::panicked) {
      panicked_ = true;
      continue;
    }
    machine_gone_ = true;
    // The program's end may have been the last thing on the wire: then that is the outcome, unless
    // the machine was to stay.
    if (program_ != nullptr && program_->exit() && step_.course != Course::stay) continue;
    switch (event.kind) {
      case machine::MachineEvent::Kind::panicked:
        break;
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
    case Timer::step:
      return step_timed_out();
    case Timer::program:
      return enter({Course::report});
    case Timer::ping:
      unanswered_ = true;
      observer_.notice("the guest does not answer: Ctrl-C again kills it");
      return;
    case Timer::obey:
      if (step_.course == Course::stay) return end_stay();
      return end(machine::Killed{obey_signal_});
    case Timer::last_words:
      if (const auto now = Clock::now();
          now - console_active_ < kLastWordsRest && now < last_words_end_) {
        return timers_.set(Timer::last_words, kLastWordsRest);
      }
      if (console_.panic()) return end(machine::GuestPanic{*console_.panic()});
      return end(lost("the guest's kernel halted the machine"));
    case Timer::report:
      return look_at_report();
    case Timer::output:
      return look_at_output();
  }
}

void Relay::look_at_output() {
  OutputLook look = plan_.look_at_output();
  timers_.set(Timer::output, look.next);
  if (!look.complaint.empty()) end(machine::OverLimit{std::move(look.complaint)});
}

// --- the caller ---------------------------------------------------------------------------------

bool Relay::program_runs() const {
  return program_ != nullptr && program_->started() && !program_->exit();
}

bool Relay::takes_signals() const {
  return program_ != nullptr && program_->started() && step_.course != Course::report &&
         step_.course != Course::stay;
}

void Relay::type(std::string_view bytes) {
  if (program_ != nullptr) program_->send_input(bytes);
}

void Relay::interrupt() {
  if (unanswered_) return end(machine::Killed{SIGINT});
  if (timers_.is_set(Timer::ping)) return;
  wire::Writer token;
  token.u64(++ping_token_);
  link_.send(wire::Type::ping, 0, token.bytes());
  timers_.set(Timer::ping, plan_.limits.answer);
}

void Relay::signal(int number, bool whole_group) {
  if (number == SIGTERM || number == SIGHUP) let_go();
  program_->signal(number, whole_group);
  if ((number == SIGTERM || number == SIGHUP) && !timers_.is_set(Timer::obey)) {
    obey_signal_ = number;
    timers_.set(Timer::obey, plan_.limits.obey);
  }
}

void Relay::resize(wire::WindowSize) { fit_terminal(); }

void Relay::pause() { machine_.pause(); }

void Relay::resume(Clock::duration away) {
  if (clocks_stand()) return;  // by a visitor, who lets it go on
  timers_.shift(away);
  machine_.resume();
}

void Relay::kill(int signal) {
  if (step_.course == Course::stay && !stopping_) return stop(false);
  end(machine::Killed{signal});
}

void Relay::leave() {
  if (terminal_ == nullptr) return;
  caller_.go_away();
  terminal_->leave_target();
  observer_.left(plan_.name);
  fit_terminal();
}

}  // namespace quiz::relay
