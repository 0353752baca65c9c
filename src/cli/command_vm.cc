// `quiz vm …`: running machines from outside: which there are, and their end.
#include "cli/command_vm.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <system_error>
#include <thread>

#include "base/error.h"
#include "base/json.h"
#include "base/printable.h"
#include "base/process_usage.h"
#include "cli/machine_list.h"
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
  WordOptions options("Waits until a machine has ended; the status is that of its own program.",
                      "quiz vm wait");
  std::string name;
  options.add_option("NAME", name, "as `quiz vm list` shows it").required();
  if (!options.read(words)) return 0;

  const live::Found machine = live::find_machine(context.paths, name);
  const live::Over over = live::Connection(machine).wait_for_end(std::nullopt);
  wait_until_gone(machine);
  if (over.end == live::End::done || over.end == live::End::stopped) return over.status;
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

int nmi(const Context& context, const std::vector<std::string>& words) {
  return ask(
      context, words, "nmi",
      "Sends a machine's CPUs a nonmaskable interrupt, which reaches a kernel that hangs with "
      "interrupts off; what it does about it says its sysctl kernel.unknown_nmi_panic.",
      live::Type::nmi);
}

std::string in_lines(const base::ProcessUsage& usage, const live::Stats& stats) {
  std::string text =
      fmt::format("cpu     {}\nmemory  {}\n", in_seconds(usage.cpu), readable_size(usage.memory));
  for (const live::Stats::Disk& disk : stats.disks) {
    text += fmt::format("disk    {}: {} read in {}, {} written in {}\n",
                        base::printable_line(disk.name), readable_size(disk.read_bytes), disk.reads,
                        readable_size(disk.written_bytes), disk.writes);
  }
  return text;
}

std::string in_json(const std::string& name, const base::ProcessUsage& usage,
                    const live::Stats& stats) {
  base::Json row;
  row["name"] = name;
  row["cpu_s"] = static_cast<double>(usage.cpu.count()) / 1000;
  row["memory"] = usage.memory;
  base::Json disks = base::Json::array();
  for (const live::Stats::Disk& disk : stats.disks) {
    base::Json one;
    one["name"] = disk.name;
    one["read_bytes"] = disk.read_bytes;
    one["written_bytes"] = disk.written_bytes;
    one["reads"] = disk.reads;
    one["writes"] = disk.writes;
    disks.push_back(std::move(one));
  }
  row["disks"] = std::move(disks);
  return row.dump(-1, base::Json::Order::as_made) + "\n";
}

int stats(const Context& context, const std::vector<std::string>& words) {
  WordOptions options(
      "Shows what a machine has used: time of this host's CPUs, memory, and its disks.",
      "quiz vm stats");
  std::string name;
  bool json = false;
  options.add_flag("--json", json, "for programs: an object");
  options.add_option("NAME", name, "as `quiz vm list` shows it").required();
  if (!options.read(words)) return 0;

  live::Connection connection(live::find_machine(context.paths, name));
  const live::Stats stats = connection.fetch_stats();
  const base::ProcessUsage usage = base::usage_below(connection.owner());
  print(json ? in_json(name, usage, stats) : in_lines(usage, stats));
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

void refuse_option(const config::Origin& origin, const std::string& command) {
  if (origin.source != config::Source::kFlag) return;
  throw base::Error(fmt::format("quiz vm {} knows no {}", command, origin.place),
                    fmt::format("`quiz vm {} --help` says what it knows", command));
}

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
                         {"nmi", "send its CPUs a nonmaskable interrupt", nmi},
                         {"stats", "what one has used", stats},
                         {"net", "losses, delays and the end of its link to a LAN", vm_net},
                         {"plug", "put disks into one", vm_plug},
                         {"unplug", "pull disks out of one", vm_unplug},
                         {"top", "what all of them use, anew each second", vm_top},
                         {"pause", "let one stand still", pause},
                         {"resume", "let it go on", resume},
                         {"stop", "end machines", stop},
                         {"wait", "wait until one has ended", wait}});
}

}  // namespace quiz::cli
