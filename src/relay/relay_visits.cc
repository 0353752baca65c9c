// What those get who come to a running machine from outside its run: the relay as relay::Visited.
#include <signal.h>

#include <algorithm>
#include <utility>

#include "relay/relay.h"

namespace quiz::relay {

namespace {

/// Beside the program's; more are refused.
constexpr std::size_t kMostSessions = 1000;

}  // namespace

RunState Relay::state() const {
  switch (step_.course) {
    case Course::boot:
    case Course::before:
      return RunState::boots;
    case Course::program:
    case Course::shell:
      if (program_runs()) return RunState::runs;
      return program_->exit() ? RunState::ends : RunState::boots;
    case Course::stay:
      return RunState::stays;
    default:
      return RunState::ends;
  }
}

Session* Relay::begin_session(const wire::Exec& exec, Ends ends, SessionEnded ended) {
  const auto id = sessions_.size() < kMostSessions ? sessions_.new_id() : std::nullopt;
  if (!id) return nullptr;
  beside_.emplace(*id, std::move(ended));
  return &sessions_.begin(*id, exec, std::move(ends));
}

void Relay::stop(bool at_once) {
  stopping_ = true;
  let_go();
  if (at_once) return end(machine::Killed{SIGKILL});
  if (step_.course == Course::stay) {
    if (beside_.empty()) return end_stay();
    for (const auto& [id, ended] : beside_) sessions_.find(id)->signal(SIGTERM, true);
    if (!timers_.is_set(Timer::obey)) timers_.set(Timer::obey, plan_.limits.obey);
    return;
  }
  // What was written is on its way to the host: that has its own limits.
  if (state() == RunState::ends) return;
  if (!takes_signals()) return end(machine::Killed{SIGTERM});
  signal(SIGTERM, false);
}

void Relay::fetch_log(LogFetched fetched) {
  log_wanted_.push_back(std::move(fetched));
  link_.send(wire::Type::boot_log, 0, {});
}

std::string Relay::plug(const NewDisk& wanted, DiskSettled settled) {
  if (plan_.bay == nullptr) throw base::Error("its disks stay as they are");
  const std::string name = plan_.bay->plug(machine_, wanted);
  expect_disk({name, true}, std::move(settled));
  return name;
}

void Relay::unplug(const std::string& name, DiskSettled settled) {
  if (plan_.bay == nullptr) throw base::Error("its disks stay as they are");
  plan_.bay->unplug(machine_, name);
  expect_disk({name, false}, std::move(settled));
}

void Relay::expect_disk(const wire::Disk& disk, DiskSettled settled) {
  disks_expected_.emplace_back(disk.encode(), std::move(settled));
  link_.send(wire::Type::disk, 0, disk.encode());
}

/// What nobody has asked about says nothing.
void Relay::settle_disk(std::string_view message) {
  const auto found = std::find_if(disks_expected_.begin(), disks_expected_.end(),
                                  [&](const auto& expected) { return expected.first == message; });
  if (found == disks_expected_.end()) return;
  const DiskSettled settled = std::move(found->second);
  disks_expected_.erase(found);
  settled();
}

bool Relay::set_link(const LinkState& state) {
  if (plan_.network != nullptr) plan_.network->set_link(state);
  return plan_.network != nullptr;
}

void Relay::set_paused(bool paused) {
  // A machine that comes up starts its CPUs by itself: it is let come up first.
  pause_wanted_ = paused && state() == RunState::boots;
  if (pause_wanted_ || paused == paused_) return;
  paused_ = paused;
  if (paused) {
    machine_.pause();
  } else if (!debugged_ && !awaits_debugger_) {
    machine_.resume();
  }
  stop_or_start_clocks();
}

base::Fd Relay::begin_debugging() {
  base::Fd socket = machine_.begin_debugging();
  if (!socket) return socket;
  debugged_ = true;
  awaits_debugger_ = false;
  stop_or_start_clocks();
  return socket;
}

void Relay::end_debugging() {
  if (!std::exchange(debugged_, false)) return;
  machine_.end_debugging();
  if (paused_) machine_.pause();
  stop_or_start_clocks();
}

/// A debugger holds the machine up at any time, so that while there is one no limit counts.
void Relay::stop_or_start_clocks() {
  const bool stand = paused_ || debugged_ || awaits_debugger_;
  if (stand == clocks_stand()) return;
  if (stand) {
    clocks_stand_since_ = Clock::now();
  } else {
    timers_.shift(Clock::now() - *std::exchange(clocks_stand_since_, std::nullopt));
  }
}

/// The guest must be able to obey.
void Relay::let_go() {
  set_paused(false);
  end_debugging();
}

bool Relay::attach(Onlooker& onlooker) {
  if (terminal_ == nullptr || !program_runs()) return false;
  terminal_->join(onlooker);
  // A program that draws its whole screen does so again.
  const wire::WindowSize window = least_window();
  if (window.rows > 1) {
    program_->resize({static_cast<std::uint16_t>(window.rows - 1), window.columns});
  }
  fit_terminal();
  return true;
}

void Relay::detach(Onlooker& onlooker) {
  if (terminal_ == nullptr) return;
  terminal_->leave(onlooker);
  fit_terminal();
}

/// Of all that show the terminal; zero where any will do.
wire::WindowSize Relay::least_window() const {
  wire::WindowSize least = caller_.window();
  const auto fit = [](std::uint16_t& size, std::uint16_t other) {
    if (other > 0 && (size == 0 || other < size)) size = other;
  };
  if (terminal_ != nullptr) {
    for (const Onlooker* const onlooker : terminal_->onlookers()) {
      fit(least.rows, onlooker->window().rows);
      fit(least.columns, onlooker->window().columns);
    }
  }
  return least;
}

void Relay::fit_terminal() {
  const wire::WindowSize least = least_window();
  if (program_ != nullptr && least.rows > 0 && least.columns > 0) program_->resize(least);
}

void Relay::type_in(std::string_view bytes) {
  if (!program_runs() || !reads_terminal_) return;
  program_->send_input(bytes.substr(0, program_->input_room()));
}

void Relay::end_finished_sessions() {
  for (auto next = beside_.begin(); next != beside_.end();) {
    const auto current = next++;
    const Session& session = *sessions_.find(current->first);
    if (!session.finished()) continue;
    current->second(session.exit());
    sessions_.end(current->first);
    beside_.erase(current);
  }
}

}  // namespace quiz::relay
