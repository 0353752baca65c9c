// What the relay learns about the writable directory while a guest writes there. The looking is
// src/run's (output_directory.h); the relay only asks for it now and then, and ends a machine that
// went too far.
#pragma once

#include <chrono>
#include <string>

namespace quiz::relay {

/// What a look at the directory found while the guest writes there.
struct OutputLook {
  std::string complaint;                 ///< why the machine must end; empty: it need not
  std::chrono::milliseconds next{1000};  ///< when to look again
};

}  // namespace quiz::relay
