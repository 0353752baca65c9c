// A bare kernel by its BootPlan, without root file system, init and wire: its console goes to
// stdout, and how the machine ends is the outcome. `quiz boot` calls it.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "base/paths.h"
#include "base/reporter.h"
#include "boot/plan.h"
#include "config/settings.h"
#include "confinement/confinement.h"
#include "machine/monitor.h"
#include "machine/outcome.h"

namespace quiz::run {

struct BareRequest {
  const boot::BootPlan& plan;
  config::Accelerator accelerator = config::Accelerator::kAuto;
  std::chrono::milliseconds timeout{0};  ///< 0: none
  std::filesystem::path monitor_socket;  ///< the monitor's own protocol for others; empty: none
  bool read_input = true;                ///< stdin goes to the console
  bool strict = false;                   ///< as in run::Request
  confinement::Layers layers_of_confinement{};
};

struct BareResult {
  /// Exited (by isa-debug-exit, or 0 when the guest switched itself off or rebooted on purpose),
  /// GuestPanic, TimedOut, Killed, or Lost.
  machine::Ending ending;
  std::string last_line;  ///< of the console; empty if nothing came
};

/// Throws base::Error when quiz cannot do its part.
BareResult run_bare(const BareRequest& request, const base::Paths& paths,
                    const machine::Monitor& monitor, base::Reporter& reporter);

/// The exit status that isa-debug-exit makes of what a guest writes to the port.
constexpr int debug_exit_status(unsigned value) {
  return static_cast<int>(((value << 1) | 1) & 0xFF);
}

}  // namespace quiz::run
