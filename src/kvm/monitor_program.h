// The monitor's process (src/vmm), which travels inside quiz.
#pragma once

#include "base/fd.h"

namespace quiz::kvm {

/// The program as an open file that only runs. Throws base::Error where this host has no memory for
/// it or forbids such programs.
base::Fd open_monitor_program();

}  // namespace quiz::kvm
