#include "run/run.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "confinement/confinement.h"
#include "lan/port.h"
#include "live/server.h"
#include "profile/preparation.h"
#include "relay/stdin_position.h"
#include "root/sharing.h"
#include "run/acceleration.h"
#include "run/boot_slot.h"
#include "run/confinement_setup.h"
#include "run/host_memory.h"
#include "run/instance.h"
#include "run/live_machine.h"
#include "run/own_disk_bay.h"
#include "run/places.h"
#include "run/plan.h"
#include "run/profile_setup.h"
#include "run/writable_directories.h"

namespace quiz::run {

namespace fs = std::filesystem;

namespace {

/// Whatever the program came to, it counts as that; what went wrong otherwise is told as such.
void end_over_limit(machine::Outcome& outcome, const std::string& complaint) {
  if (complaint.empty()) return;
  if (std::holds_alternative<machine::Exited>(outcome.ending) ||
      std::holds_alternative<machine::Signalled>(outcome.ending)) {
    outcome.ending = machine::OverLimit{complaint};
  }
}

/// What quiz follows in a writable directory must be out of the guest's reach, or it is not shared.
void check_kept(const Request& request, const confinement::Confinement& confinement) {
  if (confinement.keeps_read_only()) return;
  for (const WritableMount& mount : request.writes) {
    if (mount.kept.empty()) continue;
    throw base::Error(
        fmt::format(
            "-w {}: nothing on this host keeps the guest from writing {}, which quiz follows",
            mount.directory.string(), mount.kept[0].string()),
        "it takes a read-only view (user namespaces): quiz doctor; or -w a directory in it");
  }
}

/// The log of the console, for which the caller named a file or not.
base::Fd open_log(const fs::path& file) {
  return file.empty() ? base::Fd() : base::open_file(file, O_WRONLY | O_CREAT | O_TRUNC);
}

void tell_log_error(int problem, const fs::path& file, base::Reporter& reporter) {
  if (problem == 0) return;
  reporter.warning(fmt::format(
      "the kernel's messages are not all in {}: {}", file.string(),
      problem == EFBIG ? fmt::format("it gets the first {} MiB", relay::kMostLogged >> 20)
                       : std::strerror(problem)));
}

lan::Wish lan_wish(const profile::WantedLan& wanted) {
  lan::Wish wish{wanted.name};
  if (!lan::is_lan_name(wanted.name)) {
    throw base::Error(fmt::format("a LAN cannot be called '{}'", wanted.name),
                      "as a machine: letters, digits, -, _ and dots");
  }
  if (wanted.ip.empty()) return wish;
  const auto number = lan::number_of_address(wanted.ip);
  if (!number) {
    throw base::Error(fmt::format("'{}' is no address of a LAN", wanted.ip),
                      fmt::format("{} to {}", lan::address_text(1), lan::address_text(lan::kLast)));
  }
  wish.number = *number;
  return wish;
}

/// Lines.
constexpr std::size_t kLastWordsShown = 25;

/// What each attempt of a run has.
struct Circumstances {
  const std::vector<wire::Module>& modules;  ///< of check_profiles
  const base::Paths& paths;
  const machine::Monitor& monitor;
  base::Reporter& reporter;
  relay::Observer& observer;
  relay::Clock::time_point start;
  const base::FrontProcess* front;
};

/// One machine from its resources to its end. What is made here goes in the opposite order, however
/// the function is left; that, and what each step needs of those before it, is why it stands so:
///
/// - The slot first, since waiting for it may take a while, in which nothing is held and Ctrl-C
///   just ends quiz.
/// - Then the signals: from here on there is something to be removed, and a signal must end what
///   waits for it instead of this process.
/// - The writable directories before anything that the guest or a hook may do to it: what has
/// changed
///   there since is the run's.
/// - The instance, whose making removes what killed runs have left, gives the others their room.
/// - Disks before the hooks of the host, which may write to them; kept ones stay locked to the end.
/// - The door for visitors when there is something to say of the machine; they wait until it runs.
/// - The plan when the hooks have run: they may make modules and files that it contains.
/// - The confinement last, since its view shows the file system as it is then, and must outlive the
///   machine.
Result run_once(const Request& request, const Circumstances& with, const Attempt& attempt) {
  const base::Paths& paths = with.paths;
  std::optional<base::FileLock> boot_slot;
  // A machine that waits for a debugger would have all others wait.
  if (attempt.accelerator == machine::Accelerator::tcg && !request.gdb) {
    boot_slot = take_boot_slot(paths.cache / "booting");
  }
  base::SignalSource signals = relay::Relay::take_signals();
  WritableDirectories writable(request);
  Instance instance(paths.runtime);
  sweep_elsewhere(paths);
  instance.take_name(request.name, request.directory, paths);
  std::optional<lan::Port> lan;
  if (request.profiles.lan) {
    lan.emplace(lan_wish(*request.profiles.lan), instance.name(), instance.path(),
                base::own_runtimes(paths));
  }
  const std::unique_ptr<OwnDirectory> disks =
      profile::makes_disks(request.profiles) ? make_large_files(paths) : nullptr;
  const profile::Preparation preparation(
      request.profiles, host_facts(request), instance.path() / "profiles",
      disks ? disks->path() : fs::path(), kept_disks(paths), signals, with.reporter);

  Places places = find_places(request, paths, with.monitor, with.modules, &instance);
  if (!places.caller.host_only.empty()) {
    with.reporter.detail(
        fmt::format("not passed on, since their values name what is at this host: {}",
                    fmt::join(places.caller.host_only, ", ")));
  }
  places.disks = preparation.disks();
  places.files = preparation.files();
  places.keeps_disks = preparation.writes_kept();
  if (lan) places.lan_number = lan->number();
  live::Server door(instance.path(), describe_machine(request, places, instance.name()));
  RunPlan planned = plan(request, places, with.monitor, attempt);
  planned.relay.visitors = &door;
  planned.relay.name = instance.name();
  planned.relay.front = with.front;
  OwnDiskBay bay(paths, places.disks, planned.machine.hot_plug);
  planned.relay.bay = &bay;
  if (lan) planned.relay.network = &*lan;

  const confinement::Confinement confinement(planned.confinement);
  tell_weaknesses(confinement, request.strict, with.reporter);
  planned.machine.shares = root::seen_through(confinement.root(), planned.machine.shares);
  check_kept(request, confinement);
  if (writable) planned.relay.look_at_output = [&writable] { return writable.look(); };
  if (boot_slot) planned.relay.boot_slot = std::make_shared<base::FileLock>(std::move(*boot_slot));

  relay::ConsoleLog console(open_log(request.kernel_log),
                            [&](const std::string& line) { with.observer.console_line(line); });
  const relay::StdinPosition stdin_position;
  const relay::Clock::time_point machine_started = relay::Clock::now();
  const std::unique_ptr<machine::Machine> machine =
      with.monitor.start(planned.machine, {.confinement = confinement,
                                           .reporter = with.reporter,
                                           .saved = planned.saved,
                                           .lan = lan ? lan->machine_end() : -1});
  relay::Relay relay(*machine, console, std::move(planned.relay), with.observer, signals,
                     with.start);

  Result result;
  result.outcome = relay.run();
  if (const auto* lost = std::get_if<machine::Lost>(&result.outcome.ending);
      lost != nullptr && !relay.clocks().hello && machine->starved()) {
    throw base::Error("the machine could not be started: " + lost->reason,
                      "raise the limit before quiz: its start takes some seconds of CPU time");
  }
  machine->kill();
  for (const std::string& warning : writable.take()) with.reporter.warning(warning);
  end_over_limit(result.outcome, writable.complaint());
  door.tell_end(over_of(result.outcome.ending));
  stdin_position.set(relay.stdin_consumed());
  result.output_error = relay.output_error();
  result.input_error = relay.input_error();
  result.clocks = relay.clocks();
  result.clocks.machine = machine_started;
  result.boot_log = relay.take_boot_log();
  result.boot_timed_out = relay.boot_timed_out();
  result.instance = instance.id();
  result.wrote_kept_disks = places.keeps_disks;
  result.accelerator = attempt.accelerator;
  result.board = with.monitor.board(planned.machine);
  result.start = machine->start();
  result.clocksource = relay.clocksource();
  result.last_words = console.last_words(kLastWordsShown);
  tell_log_error(console.file_error(), request.kernel_log, with.reporter);
  return result;
}

}  // namespace

bool may_be_repeated(const Request& request, const machine::Monitor& monitor,
                     const Result& result) {
  if (!std::holds_alternative<machine::Lost>(result.outcome.ending)) return false;
  // Before hello, which a saved machine has behind it, and then before the program's start if
  // nothing can be written.
  const bool untouched =
      !result.clocks.hello ||
      (result.start == machine::Start::warm && !result.clocks.program && request.output.empty() &&
       request.writes.empty() && !result.wrote_kept_disks);
  // It must be likely to end better.
  const bool hopeful = result.accelerator == machine::Accelerator::tcg
                           ? result.boot_timed_out
                           : may_be_emulated(request.accelerator, monitor, result.accelerator);
  return untouched && hopeful;
}

bool has_terminal_to_leave(const Request& request) {
  return request.has_program && plan_streams(request).raw_input;
}

Result run(const Request& request, const base::Paths& paths, const machine::Monitor& monitor,
           base::Reporter& reporter, relay::Observer& observer, relay::Clock::time_point start,
           const base::FrontProcess* front) {
  check_memory(request);
  check_host_memory(request.memory_mib);
  const std::vector<wire::Module> modules = check_profiles(request);
  const AcceleratorDecision decision =
      choose_accelerator(request.accelerator, request.architecture, monitor, paths);
  reporter.detail(describe(decision));
  const Circumstances circumstances{modules, paths, monitor, reporter, observer, start, front};
  Result result = run_once(request, circumstances, {decision.accelerator});
  if (!may_be_repeated(request, monitor, result)) return result;
  const std::string& reason = std::get<machine::Lost>(result.outcome.ending).reason;
  reporter.warning(result.accelerator == machine::Accelerator::kvm ? emulated_instead(reason)
                                                                   : reason + ": once more");
  return run_once(request, circumstances, {machine::Accelerator::tcg, true});
}

std::vector<std::string> dry_run(const Request& request, const base::Paths& paths,
                                 const machine::Monitor& monitor, base::Reporter& reporter) {
  check_memory(request);
  check_profiles(request);
  if (!request.profiles.profiles.empty()) {
    reporter.warning("the disks, files and hooks of profiles are there only during a run");
  }
  const AcceleratorDecision decision =
      choose_accelerator(request.accelerator, request.architecture, monitor, paths);
  const Places places = find_places(request, paths, monitor, {}, nullptr);
  return monitor.invocation(plan(request, places, monitor, {decision.accelerator}).machine);
}

}  // namespace quiz::run
