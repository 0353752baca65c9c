// What must be installed on the host to build OpenZFS, by the names of Debian's packages. Told all
// at once and before anything is started: configure would name one after the other.
#pragma once

#include <optional>
#include <string>
#include <vector>

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

/// `autotools`: configure must be made first.
Missing missing_needs(bool autotools);

/// Throws base::Error naming all that is missing.
void require_needs(bool autotools);

}  // namespace quiz::openzfs
