// KVM or emulation: which of them a run takes, why, and the words for it. What runs without a
// program (bare_run.h) decides and says the same.
#pragma once

#include <string>

#include "base/architecture.h"
#include "base/paths.h"
#include "config/settings.h"
#include "machine/machine_spec.h"
#include "machine/monitor.h"

namespace quiz::run {

/// Which accelerator a run would use, and why.
struct AcceleratorDecision {
  machine::Accelerator accelerator = machine::Accelerator::tcg;
  std::string explanation;
};
/// Throws base::Error when KVM is demanded but cannot be used.
AcceleratorDecision choose_accelerator(config::Accelerator choice,
                                       const base::Architecture& architecture,
                                       const machine::Monitor& monitor, const base::Paths& paths);

/// "accelerator: KVM (…)".
std::string describe(const AcceleratorDecision& decision);

/// Emulation is tried where KVM was taken unasked, and the monitor can emulate.
bool may_be_emulated(config::Accelerator choice, const machine::Monitor& monitor,
                     machine::Accelerator taken);
/// The warning then; `reason` is QEMU's.
std::string emulated_instead(const std::string& reason);

}  // namespace quiz::run
