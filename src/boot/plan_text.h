// A BootPlan for people and for programs: what `quiz boot --plan` prints, and what the golden tests
// compare.
#pragma once

#include <string>

#include "boot/plan.h"

namespace quiz::boot {

/// A page that can be read from top to bottom.
std::string to_text(const BootPlan& plan);

/// One JSON object; numbers are numbers. The segments' bytes are not in it, but their CRC-32.
std::string to_json(const BootPlan& plan);

}  // namespace quiz::boot
