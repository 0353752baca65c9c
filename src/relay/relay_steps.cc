// The steps of a run: what the relay does when one begins, when it is done, and when its time is
// up.
#include <signal.h>
#include <unistd.h>

#include <algorithm>

#include "base/printable.h"
#include "relay/relay.h"

namespace quiz::relay {

namespace {

constexpr std::uint16_t kProgramSession = 1;
constexpr std::uint16_t kShellSession = 2;

/// SysRq keys of the time-out's report: everything to the console, blocked tasks, all tasks, and
/// what every CPU does, which the user gets to see as the last words.
constexpr std::string_view kReportKeys = "8wtl";
constexpr std::chrono::milliseconds kReportLook{50};

std::string in_seconds(std::chrono::milliseconds limit) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(limit).count()) +
         " seconds";
}

}  // namespace

void Relay::advance() {
  end_finished_sessions();
  switch (step_.course) {
    case Course::before:
    case Course::after:
      if (hook_session_->finished()) end_hook();
      return;
    case Course::program:
    case Course::shell:
      if (program_->finished()) end_program();
      return;
    case Course::stay:
      if (stopping_ && beside_.empty()) end_stay();
      return;
    default:
      return;  // what these wait for comes over the wire, or their time is up
  }
}

void Relay::proceed() { enter(next(step_, route_, machine_gone_)); }

void Relay::enter(const Step& step) {
  // The program's start belongs to the boot, unless a hook has run between.
  const bool still_booting = step_.course == Course::boot && step.course == Course::program;
  if (!still_booting) timers_.clear(Timer::step);
  step_ = step;
  switch (step.course) {
    case Course::boot:
      return;  // where a run begins
    case Course::before:
      return begin_hook();
    case Course::program:
      // A guest that a hook has handed to somebody else need not start anything.
      if (!still_booting) timers_.set(Timer::step, plan_.limits.boot);
      return begin_program(kProgramSession, plan_.exec);
    case Course::report:
      return press_report_key();
    case Course::shell:
      timers_.set(Timer::step, plan_.limits.boot);
      return begin_program(kShellSession, *plan_.shell_after);
    case Course::stay:
      return begin_stay();
    case Course::after:
      caller_.leave_keys();
      return begin_hook();
    case Course::log:
      caller_.leave_keys();
      return begin_log();
    case Course::sync:
      caller_.leave_keys();
      return begin_sync();
    case Course::over:
      caller_.leave_keys();
      return end(program_ending());
  }
}

void Relay::step_timed_out() {
  switch (step_.course) {
    case Course::boot:
    case Course::program:
      // Once a hook has run, nothing may be tried again.
      boot_timed_out_ = step_.course == Course::boot || route_.before == 0;
      return end(lost((boot_timed_out_ ? "the guest did not come up within "
                                       : "the guest did not start the program within ") +
                      in_seconds(plan_.limits.boot)));
    case Course::before:
      return end(failure_of_hook("did not end within " + in_seconds(plan_.limits.hook)));
    case Course::shell:
      observer_.notice("the guest did not start the shell");
      sessions_.end(program_->id());
      program_ = nullptr;
      break;
    case Course::after:
      observer_.notice(hook().name + " did not end in time");
      sessions_.end(hook_session_->id());
      hook_session_ = nullptr;
      break;
    case Course::log:
      observer_.notice("the guest did not tell the kernel's log in time");
      break;
    case Course::sync:
      observer_.notice(plan_.keeps_disks
                           ? "the guest did not write everything to the kept disks in time"
                           : "the guest did not write everything to the shared directory in time");
      break;
    case Course::report:
    case Course::stay:
    case Course::over:
      return;  // they have no limit of this kind
  }
  enter(next_after_time_out(step_, route_, machine_gone_));
}

void Relay::begin_program(std::uint16_t id, const wire::Exec& exec) {
  if (program_ != nullptr) sessions_.end(program_->id());
  wire::Exec sized = exec;
  sized.window = caller_.window();
  sized.terminal_modes = caller_.terminal_modes();
  Ends ends = ends_at(exec.streams, {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO});
  terminal_ = nullptr;
  reads_terminal_ = exec.streams[0] == wire::StreamKind::pty;
  if (exec.streams[1] == wire::StreamKind::pty && ends.out) {
    auto shown = std::make_unique<TeeOutput>(std::move(ends.out));
    terminal_ = shown.get();
    ends.out = std::move(shown);
  }
  program_ = &sessions_.begin(id, sized, std::move(ends));
}

void Relay::note_start() {
  machine_.program_begins();
  timers_.clear(Timer::step);
  if (!clocks_.program) note_ready();
  caller_.take_keys();
}

/// What the run is for has begun.
void Relay::note_ready() {
  clocks_.program = Clock::now();
  plan_.boot_slot.reset();
  if (pause_wanted_) set_paused(true);
  if (plan_.timeout.count() > 0) timers_.set(Timer::program, plan_.timeout);
  observer_.program_started();
}

void Relay::end_program() {
  if (terminal_ != nullptr) {
    for (Onlooker* const onlooker : terminal_->onlookers()) onlooker->ended(*program_->exit());
    terminal_ = nullptr;
  }
  if (step_.course == Course::program) {
    program_exit_ = program_->exit();
    clocks_.exit = Clock::now();
    stdin_consumed_ = std::min(program_exit_->stdin_consumed, program_->input_sent());
    if (const std::uint64_t full = program_exit_->full_size; full != 0) {
      observer_.notice("the machine's / was full while the program ran: it takes " +
                       std::to_string(full >> 20) +
                       " MiB of changes; --size=SIZE gives it more, with --memory=SIZE");
    }
    output_error_ = program_->output_error();
    input_error_ = program_->input_error();
    timers_.clear(Timer::program);
    timers_.clear(Timer::obey);
    route_.stay = shall_stay();
  }
  proceed();
}

bool Relay::shall_stay() const {
  const wire::Exit& exit = *program_exit_;
  const bool ran = exit.ending == wire::Ending::exited || exit.ending == wire::Ending::signalled;
  if (!ran || stopping_) return false;
  return plan_.keep == Keep::always || (plan_.keep == Keep::failure && !is_success(exit));
}

void Relay::begin_stay() {
  caller_.leave_keys();
  if (!clocks_.program) note_ready();
  observer_.stays(plan_.name);
}

/// Of programs that did not end when they were asked to, nothing is waited for.
void Relay::end_stay() {
  for (const auto& [id, ended] : beside_) sessions_.find(id)->signal(SIGKILL, true);
  timers_.clear(Timer::obey);
  timers_.clear(Timer::program);
  proceed();
}

const Hook& Relay::hook() const {
  return (step_.course == Course::before ? plan_.before : plan_.after)[step_.hook];
}

void Relay::begin_hook() {
  // One is always free: only hooks and shells that hang keep theirs, and the others are few.
  const std::uint16_t id = sessions_.new_id().value();
  auto output = std::make_unique<KeptOutput>(kHookOutputKept);
  hook_output_ = output.get();
  Ends ends;
  ends.out = std::move(output);
  hook_session_ = &sessions_.begin(id, hook().exec, std::move(ends));
  timers_.set(Timer::step, plan_.limits.hook);
}

void Relay::end_hook() {
  const wire::Exit exit = *hook_session_->exit();
  if (!is_success(exit)) {
    const machine::HookFailed failure = failure_of_hook(describe_end(exit));
    if (step_.course == Course::before) return end(failure);
    observer_.notice(failure.hook + " " + failure.end + "\n" + failure.output);
  }
  sessions_.end(hook_session_->id());
  hook_session_ = nullptr;
  proceed();
}

machine::HookFailed Relay::failure_of_hook(const std::string& end) const {
  return {hook().name, base::printable_line(end), base::printable_lines(hook_output_->text())};
}

void Relay::begin_log() {
  link_.send(wire::Type::boot_log, 0, {});
  timers_.set(Timer::step, plan_.limits.log);
}

void Relay::end_log() {
  if (boot_log_.dropped() > 0) {
    observer_.notice("there was no room for the last " + std::to_string(boot_log_.dropped()) +
                     " messages of the kernel's log");
  }
  proceed();
}

void Relay::begin_sync() {
  link_.send(wire::Type::sync, 0, wire::Sync{plan_.keeps_disks}.encode());
  timers_.set(Timer::step, plan_.keeps_disks ? plan_.limits.disk_sync : plan_.limits.sync);
}

void Relay::press_report_key() {
  const char key = kReportKeys[report_keys_++];
  if (report_keys_ == kReportKeys.size()) console_.expect_cause();
  machine_.system_request(key);
  report_key_time_ = console_active_ = Clock::now();
  timers_.set(Timer::report, kReportLook);
}

void Relay::look_at_report() {
  const auto now = Clock::now();
  const bool said = now - console_active_ >= plan_.limits.report_silence ||
                    now - report_key_time_ >= plan_.limits.report;
  if (!said) return timers_.set(Timer::report, kReportLook);
  if (report_keys_ == kReportKeys.size()) return end(machine::TimedOut{});
  press_report_key();
}

machine::Ending Relay::program_ending() const {
  if (!program_exit_) return machine::Exited{};  // there was no program
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

}  // namespace quiz::relay
