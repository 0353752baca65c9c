#include "cli/machine_list.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <system_error>

#include "base/error.h"
#include "base/host_clock.h"
#include "base/json.h"
#include "base/printable.h"
#include "cli/subcommand.h"
#include "live/connection.h"
#include "live/machines.h"

namespace quiz::cli {

namespace fs = std::filesystem;

namespace {

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

}  // namespace

std::vector<Machine> look_at_machines(const base::Paths& paths) {
  std::vector<Machine> machines;
  for (const live::Found& found : live::find_machines(paths)) {
    Machine machine;
    machine.name = found.name;
    try {
      live::Connection connection(found, std::chrono::seconds(1));
      machine.owner = connection.owner();
      machine.description = connection.describe();
      machine.usage = base::usage_below(machine.owner);
    } catch (const base::Error&) {
      std::error_code error;
      if (!fs::exists(found.directory, error)) continue;  // it has just ended
    }
    machines.push_back(std::move(machine));
  }
  return machines;
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
                        readable_size(machine.usage.memory), program_of(description),
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
      row["memory"] = machine.usage.memory;
      row["memory_limit"] = description.memory_mib << 20;
      row["program"] = description.program;
      row["directory"] = description.directory;
      row["pid"] = machine.owner;
    }
    list.push_back(std::move(row));
  }
  return list.dump(-1, base::Json::Order::as_made) + "\n";
}

std::string in_columns(const std::vector<Machine>& machines, const std::vector<Machine>& before,
                       std::chrono::milliseconds apart) {
  std::size_t width = 4;
  for (const Machine& machine : machines) width = std::max(width, machine.name.size());
  std::string text = fmt::format("{:{}}  {:8}  {:>6}  {:>9}  {:>9}  {:20}  {}\n", "NAME", width,
                                 "STATE", "CPU %", "CPU TIME", "MEMORY", "KERNEL", "PROGRAM");
  for (const Machine& machine : machines) {
    const auto earlier = std::find_if(before.begin(), before.end(), [&](const Machine& other) {
      return other.owner == machine.owner;
    });
    if (!machine.description) {
      text += fmt::format("{:{}}  does not answer (suspended?)\n", machine.name, width);
      continue;
    }
    std::string load = "-";
    if (earlier != before.end() && apart.count() > 0) {
      load = fmt::format(
          "{:.0f}", 100.0 * static_cast<double>((machine.usage.cpu - earlier->usage.cpu).count()) /
                        static_cast<double>(apart.count()));
    }
    text += fmt::format("{:{}}  {:8}  {:>6}  {:>9}  {:>9}  {:20}  {}\n", machine.name, width,
                        state_of(*machine.description), load, in_seconds(machine.usage.cpu),
                        readable_size(machine.usage.memory),
                        base::printable_line(machine.description->kernel),
                        program_of(*machine.description));
  }
  return text;
}

std::string in_seconds(std::chrono::milliseconds time) {
  return fmt::format("{:.1f} s", static_cast<double>(time.count()) / 1000);
}

}  // namespace quiz::cli
