// The loop that the probe of /dev/kvm has a virtual CPU run; code of the host's architecture.
#pragma once

#include "kvm/acceleration_probe.h"

namespace quiz::kvm {

/// What was found; passive, goes through a pipe.
struct Finding {
  Measurement measurement;
  int error;  ///< with the problem; 0: none
  char problem[64];
};

/// For a process of its own, which it may hang, and whose signals it takes.
void run_probe_loop(Finding& finding);

}  // namespace quiz::kvm
