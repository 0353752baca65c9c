// How much memory processes have in use.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace quiz::base {

/// Bytes that all descendants of `pid` have in RAM now, memory that they share counted each time;
/// 0 if there are none.
std::uint64_t memory_below(pid_t pid);

}  // namespace quiz::base
