// The guest's init for each architecture, embedded in the host's binary by the build: those for
// which it found a compiler.
#pragma once

#include <string>
#include <string_view>

#include "base/architecture.h"

namespace quiz::run {

struct InitBinary {
  std::string_view content;
  std::string sha256;  ///< computed by the build
};

/// Throws base::Error, with the compiler to install, where this quiz was built without one.
InitBinary init_binary(const base::Architecture& architecture);

}  // namespace quiz::run
