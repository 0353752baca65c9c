// quiz's own monitor, on the hosts that it is for.
#pragma once

#include <memory>

#include "machine/monitor.h"

namespace quiz::kvm {

/// Throws base::Error where quiz was built for another architecture than x86_64.
std::unique_ptr<machine::Monitor> own_monitor();

}  // namespace quiz::kvm
