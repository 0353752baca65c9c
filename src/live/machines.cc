#include "live/machines.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <system_error>

#include "base/error.h"
#include "base/files.h"
#include "base/local_socket.h"
#include "base/machine_name.h"
#include "base/nearest.h"
#include "live/protocol.h"

namespace quiz::live {

namespace fs = std::filesystem;

std::vector<Found> find_below(const fs::path& runtime) {
  constexpr std::uint64_t kLargestFile = 1024;
  std::vector<Found> machines;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(runtime, error)) {
    try {
      const base::Fd file =
          base::open_file(entry.path() / kNameFile, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      std::string name = base::read_all(file.get(), "the machine's name", kLargestFile);
      if (base::is_machine_name(name)) machines.push_back({std::move(name), entry.path()});
    } catch (const base::Error&) {
      continue;  // it has none, or has just gone
    }
  }
  return machines;
}

namespace {

/// What a killed owner left has a name, and nobody who listens. Who is there and does not let
/// anybody in (suspended, with a full queue) lives.
bool lives(const Found& machine) {
  try {
    return static_cast<bool>(base::connect_to(machine.directory, kSocket));
  } catch (const base::Error&) {
    return true;
  }
}

}  // namespace

std::vector<Found> find_machines(const base::Paths& paths) {
  std::vector<Found> machines;
  for (const fs::path& place : base::own_runtimes(paths)) {
    for (Found& machine : find_below(place)) {
      if (lives(machine)) machines.push_back(std::move(machine));
    }
  }
  std::sort(machines.begin(), machines.end(),
            [](const Found& a, const Found& b) { return a.name < b.name; });
  return machines;
}

Found find_machine(const base::Paths& paths, const std::string& name) {
  // Whether it lives is seen by whoever connects: a look would take as long again.
  std::vector<Found> so_called;
  for (const fs::path& place : base::own_runtimes(paths)) {
    for (Found& machine : find_below(place)) {
      if (machine.name == name) so_called.push_back(std::move(machine));
    }
  }
  if (so_called.size() == 1) return std::move(so_called.front());
  std::vector<std::string> names;
  for (Found& machine : find_machines(paths)) {
    if (machine.name == name) return std::move(machine);
    names.push_back(machine.name);
  }
  if (names.empty()) {
    throw base::Error(
        fmt::format("no machine is called '{}': none runs", name),
        "`quiz vm start --name NAME` starts one, and every run is one while it lasts");
  }
  const auto near = base::nearest(name, names);
  throw base::Error(fmt::format("no machine is called '{}'", name),
                    near ? fmt::format("did you mean '{}'?", *near)
                         : fmt::format("there are: {}", fmt::join(names, ", ")));
}

}  // namespace quiz::live
