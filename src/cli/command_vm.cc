// `quiz vm …`: running machines from outside: which there are, and their end.
#include "cli/command_vm.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <optional>
#include <system_error>
#include <thread>

#include "base/error.h"
#include "base/host_clock.h"
#include "base/json.h"
#include "base/printable.h"
#include "base/process_memory.h"
#include "cli/print_error.h"
#include "cli/run_report.h"
#include "cli/standard_streams.h"
#include "cli/subcommand.h"
#include "cli/word_options.h"
#include "live/connection.h"
#include "live/machines.h"

namespace quiz::cli {

namespace {

namespace fs = std::filesystem;

/// A row of the list; of a machine that does not answer only its name is known.
struct Machine {
  std::string name;
  std::optional<live::Description> description;
  std::uint64_t memory = 0;  ///< bytes in use now
  pid_t owner = 0;
};

std::string_view name_of(relay::RunState state) {
  switch (state) {
    case relay::RunState::boots:
      return "boots";
    case relay::RunState::runs:
      return "runs";
    case relay::RunState::stays:
      return "stays";
    case relay::RunState::ends:
      return "ends";
  }
  return "?";
}

std::string_view state_of(const live::Description& description) {
  if (description.debugged) return "debugged";
  return description.paused ? "paused" : name_of(description.state);
}

std::vector<Machine> look_at_machines(const base::Paths& paths) {
  std::vector<Machine> machines;
  for (const live::Found& found : live::find_machines(paths)) {
    Machine machine;
    machine.name = found.name;
    try {
      live::Connection connection(found, std::chrono::seconds(1));
      machine.owner = connection.owner();
      machine.description = connection.describe();
      machine.memory = base::memory_below(machine.owner);
    } catch (const base::Error&) {
      std::error_code error;
      if (!fs::exists(found.directory, error)) continue;  // it has just ended
    }
    machines.push_back(std::move(machine));
  }
  return machines;
}

std::uint64_t age_ns(const Machine& machine) {
  const std::uint64_t now = base::realtime_ns();
  const std::uint64_t started = machine.description->started_ns;
  return now > started ? now - started : 0;
}

/// "12 s", "3 min", "5 h", "2 d".
std::string age(const Machine& machine) {
  const std::uint64_t seconds = age_ns(machine) / 1'000'000'000;
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 2 * 3600) return fmt::format("{} min", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{} h", seconds / 3600);
  return fmt::format("{} d", seconds / (24 * 3600));
}

std::string program_of(const live::Description& description) {
  constexpr std::size_t kShown = 40;
  const std::string words = fmt::format("{}", fmt::join(description.program, " "));
  if (!description.has_program) return "-";
  return base::printable_line(words.empty() ? "(a shell)" : words, kShown);
}

std::string in_columns(const std::vector<Machine>& machines) {
  std::size_t width = 4;
  for (const Machine& machine : machines) width = std::max(width, machine.name.size());
  std::string text =
      fmt::format("{:{}}  {:8}  {:>7}  {:20}  {:9}  {:>4}  {:>9}  {:40}  {}\n", "NAME", width,
                  "STATE", "AGE", "KERNEL", "MACHINE", "CPUS", "MEMORY", "PROGRAM", "DIRECTORY");
  for (const Machine& machine : machines) {
    if (!machine.description) {
      text += fmt::format("{:{}}  does not answer (suspended?)\n", machine.name, width);
      continue;
    }
    const live::Description& description = *machine.description;
    text += fmt::format("{:{}}  {:8}  {:>7}  {:20}  {:9}  {:>4}  {:>9}  {:40}  {}\n", machine.name,
                        width, state_of(description), age(machine),
                        base::printable_line(description.kernel),
                        base::printable_line(description.architecture), description.cpus,
                        readable_size(machine.memory), program_of(description),
                        base::printable_line(description.directory));
  }
  return text;
}

std::string in_json(const std::vector<Machine>& machines) {
  base::Json list = base::Json::array();
  for (const Machine& machine : machines) {
    base::Json row;
    row["name"] = machine.name;
    row["state"] = "silent";
    if (machine.description) {
      const live::Description& description = *machine.description;
      row["state"] = state_of(description);
      row["age_s"] = static_cast<double>(age_ns(machine) / 1'000'000) / 1000;
      row["kernel"] = description.kernel;
      row["architecture"] = description.architecture;
      row["cpus"] = description.cpus;
      row["memory"] = machine.memory;
      row["memory_limit"] = description.memory_mib << 20;
      row["program"] = description.program;
      row["directory"] = description.directory;
      row["pid"] = machine.owner;
    }
    list.push_back(std::move(row));
  }
  return list.dump(-1, base::Json::Order::as_made) + "\n";
}

int list(const Context& context, const std::vector<std::string>& words) {
  WordOptions options("Shows the machines that run.", "quiz vm list");
  bool json = false;
  options.add_flag("--json", json, "for programs: an array of objects");
  if (!options.read(words)) return 0;

  const std::vector<Machine> machines = look_at_machines(context.paths);
  if (json) {
    print(in_json(machines));
  } else if (machines.empty()) {
    print("no machine runs (`quiz vm start` starts one, and every run is one while it lasts)\n");
  } else {
    print(in_columns(machines));
  }
  return 0;
}

/// When the machine has been told over, its owner still gives back what it had.
void wait_until_gone(const live::Found& machine) {
  using namespace std::chrono_literals;
  std::error_code error;
  const auto end = std::chrono::steady_clock::now() + 10s;
  while (fs::exists(machine.directory, error) && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(2ms);
  }
}

int stop(const Context& context, const std::vector<std::string>& words) {
  WordOptions options(
      "Ends a machine: its programs get a SIGTERM and five seconds, what was written reaches the "
      "host, and nothing of it is left.",
      "quiz vm stop");
  std::vector<std::string> names;
  bool kill = false;
  options.add_flag("--kill", kill, "at once; what was not synced is lost");
  options.add_option("NAME", names, "as `quiz vm list` shows it").required();
  if (!options.read(words)) return 0;

  for (const std::string& name : names) {
    const live::Found machine = live::find_machine(context.paths, name);
    live::Connection(machine).wait_for_end(live::Stop{kill});
    wait_until_gone(machine);
  }
  return 0;
}

int wait(const Context& context, const std::vector<std::string>& words) {
  WordOptions options("Waits until a machine has ended.", "quiz vm wait");
  std::string name;
  options.add_option("NAME", name, "as `quiz vm list` shows it").required();
  if (!options.read(words)) return 0;

  const live::Found machine = live::find_machine(context.paths, name);
  const live::Over over = live::Connection(machine).wait_for_end(std::nullopt);
  wait_until_gone(machine);
  if (over.end == live::End::done || over.end == live::End::stopped) return 0;
  return report_over(over, fmt::format("the machine {} ended", name));
}

/// One of them that has just this name to its words.
int ask(const Context& context, const std::vector<std::string>& words, const std::string& command,
        const std::string& help, live::Type type) {
  WordOptions options(help, "quiz vm " + command);
  std::string name;
  options.add_option("NAME", name, "as `quiz vm list` shows it").required();
  if (!options.read(words)) return 0;

  live::Connection(live::find_machine(context.paths, name)).ask(type, {});
  return 0;
}

int pause(const Context& context, const std::vector<std::string>& words) {
  return ask(context, words, "pause",
             "Lets a machine stand still, its clocks with it, until it is resumed.",
             live::Type::pause);
}

int resume(const Context& context, const std::vector<std::string>& words) {
  return ask(context, words, "resume", "Lets a machine go on that was paused.", live::Type::resume);
}

int sysrq(const Context& context, const std::vector<std::string>& words) {
  WordOptions options(
      "Presses a SysRq key of a machine's kernel, also of one that hangs: w for blocked tasks, t "
      "for "
      "all, l for what the CPUs do. `quiz vm log` shows the answer.",
      "quiz vm sysrq");
  std::string name;
  std::string key;
  options.add_option("NAME", name, "as `quiz vm list` shows it").required();
  options.add_option("KEY", key, "a letter or digit").required();
  if (!options.read(words)) return 0;

  if (!live::is_system_request(key)) {
    throw base::Error(fmt::format("there is no SysRq key '{}'", key),
                      "one letter or digit; h lists them in the kernel's log");
  }
  live::Connection(live::find_machine(context.paths, name)).ask(live::Type::press, key);
  return 0;
}

}  // namespace

int report_over(const live::Over& over, const std::string& what) {
  print_error(base::Error(fmt::format("{}: {}", what, base::printable_line(over.reason))));
  switch (over.end) {
    case live::End::panicked:
      return kStatusPanic;
    case live::End::timed_out:
      return kStatusTimedOut;
    case live::End::done:
    case live::End::stopped:
    case live::End::lost:
      break;
  }
  return kStatusLost;
}

int command_vm(const Context& context, const std::vector<std::string>& words) {
  return run_subcommand(context, "quiz vm", words,
                        {{"list", "show the machines that run", list},
                         {"start", "start a machine without a program", vm_start},
                         {"exec", "run a program in one of them", vm_exec},
                         {"attach", "the terminal of its own program, here too", vm_attach},
                         {"log", "what its kernel says", vm_log},
                         {"gdb", "a debugger for its kernel", vm_gdb},
                         {"sysrq", "press a SysRq key of its kernel", sysrq},
                         {"pause", "let one stand still", pause},
                         {"resume", "let it go on", resume},
                         {"stop", "end machines", stop},
                         {"wait", "wait until one has ended", wait}});
}

}  // namespace quiz::cli
