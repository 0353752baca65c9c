// What must be installed on the host to build OpenZFS, by the names of Debian's packages. Told all
// at once and before anything is started: configure would name one after the other.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/architecture.h"

namespace quiz::openzfs {

/// A program's path; also looked for in /usr/sbin and /sbin, which an ordinary user's PATH may
/// lack.
std::optional<std::string> find_system_program(const std::string& name);

struct Missing {
  std::vector<std::string> things;    ///< "make", "uuid/uuid.h"
  std::vector<std::string> packages;  ///< of Debian, each once

  bool none() const { return things.empty(); }
  /// "apt install A B".
  std::string remedy() const;
};

/// `autotools`: configure must be made first. For another architecture than the host's that is its
/// compiler, and no headers: those are in a sysroot.
Missing missing_needs(bool autotools, const base::Architecture& architecture);

/// Throws base::Error naming all that is missing.
void require_needs(bool autotools, const base::Architecture& architecture);

/// Debian's packages that the programs and libraries are compiled against.
std::vector<std::string> header_packages();
/// Those that what was built needs when it runs, with alternatives: a name depends on the suite.
const std::vector<std::vector<std::string>>& runtime_packages();

}  // namespace quiz::openzfs
