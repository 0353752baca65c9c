// The kernel's clock that never jumps, for whatever is measured or told to the host.
#pragma once

#include <time.h>

#include <cstdint>

namespace quiz::init {

/// Nanoseconds since the kernel began.
inline std::uint64_t monotonic_ns() {
  timespec now = {};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace quiz::init
