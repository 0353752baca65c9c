// The running machines as `quiz vm list`, `top` and `stats` show them.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/paths.h"
#include "base/process_usage.h"
#include "live/protocol.h"

namespace quiz::cli {

/// A row of the list; of a machine that does not answer only its name is known.
struct Machine {
  std::string name;
  std::optional<live::Description> description;
  base::ProcessUsage usage;  ///< of what its owner has started
  pid_t owner = 0;
};

/// All, by name.
std::vector<Machine> look_at_machines(const base::Paths& paths);

/// What each is.
std::string in_columns(const std::vector<Machine>& machines);
/// The same for programs.
std::string in_json(const std::vector<Machine>& machines);
/// What each uses; the CPUs since a look so much `before`, which may be empty.
std::string in_columns(const std::vector<Machine>& machines, const std::vector<Machine>& before,
                       std::chrono::milliseconds apart);

/// "12.3 s".
std::string in_seconds(std::chrono::milliseconds time);

}  // namespace quiz::cli
