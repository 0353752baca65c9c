// Landlock (https://docs.kernel.org/userspace-api/landlock.html): which files can be opened how;
// from version 4 on TCP, from 6 on abstract sockets and signals, too.
#pragma once

#include <filesystem>
#include <vector>

#include "base/fd.h"

namespace quiz::confinement {

/// 0: this kernel has none, or it is turned off.
int landlock_version();

struct LandlockRequest {
  std::vector<std::filesystem::path> hidden;
  std::vector<std::filesystem::path> readable;  ///< exceptions below hidden ones
  /// Directories that may be written, and files.
  std::vector<std::filesystem::path> writable;
  bool network = false;
};

/// A ruleset for restrict_self; none if it cannot be made.
base::Fd make_ruleset(const LandlockRequest& request, int version);

}  // namespace quiz::confinement
