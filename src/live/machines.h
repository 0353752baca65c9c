// The running machines of this user by their names, as they are found in the file system.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/paths.h"

namespace quiz::live {

struct Found {
  std::string name;
  std::filesystem::path directory;  ///< of the instance; its owner may have ended
};

/// Those that have a name below `runtime`, in no order.
std::vector<Found> find_below(const std::filesystem::path& runtime);

/// All, wherever runs with another environment have theirs, by name.
std::vector<Found> find_machines(const base::Paths& paths);

/// Throws base::Error, with the nearest name, if there is none of this name.
Found find_machine(const base::Paths& paths, const std::string& name);

}  // namespace quiz::live
