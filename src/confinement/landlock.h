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
  /// What of `readable` is not.
  std::vector<std::filesystem::path> hidden;
  std::vector<std::filesystem::path> readable;  ///< directories with all below them, and files
  /// Directories that may be written, and files.
  std::vector<std::filesystem::path> writable;
  bool network = false;
  /// All directories may be listed: it cannot be allowed for `/` without all below it.
  bool lists_all = false;
};

/// A ruleset for restrict_self; none if it cannot be made.
base::Fd make_ruleset(const LandlockRequest& request, int version);

/// Allows to read all that is reached by way of this open directory. Only a system call.
bool allow_reading(int ruleset, int directory) noexcept;

}  // namespace quiz::confinement
