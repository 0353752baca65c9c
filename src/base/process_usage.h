// What processes use of this machine.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>

namespace quiz::base {

struct ProcessUsage {
  std::uint64_t memory = 0;          ///< bytes in RAM now, memory that they share counted each time
  std::chrono::milliseconds cpu{0};  ///< since their start
};

/// Of all descendants of `pid` together; nothing if there are none.
ProcessUsage usage_below(pid_t pid);

}  // namespace quiz::base
