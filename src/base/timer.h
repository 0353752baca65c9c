// A clock that can be polled.
#pragma once

#include <chrono>

#include "base/fd.h"

namespace quiz::base {

/// Becomes readable (eight bytes) every `interval`, the first time after one. Nonblocking. Throws
/// SystemError (out of descriptors).
Fd repeating_timer(std::chrono::milliseconds interval);

}  // namespace quiz::base
