// One run, from its request to its outcome: planned (plan.h), given the resources it needs,
// started, relayed, and once more if the machine did not come up. Prints nothing; src/cli shows
// what it learns through Observer and Reporter.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/front_process.h"
#include "base/paths.h"
#include "base/reporter.h"
#include "machine/machine_spec.h"
#include "machine/monitor.h"
#include "machine/outcome.h"
#include "relay/relay.h"
#include "run/request.h"

namespace quiz::run {

struct Result {
  machine::Outcome outcome;
  relay::Clocks clocks;
  int output_error = 0;         ///< errno by which output of the program was lost, though wanted
  int input_error = 0;          ///< errno by which its input ended early
  bool boot_timed_out = false;  ///< the guest's init had not said hello in time
  std::string instance;
  bool wrote_kept_disks = false;  ///< a run before cannot be repeated as if nothing had been
  machine::Accelerator accelerator = machine::Accelerator::tcg;
  std::string board;  ///< the back end's name for what it chose
  machine::Start start = machine::Start::cold;
  std::string clocksource;
  std::vector<wire::Log> boot_log;      ///< with boot_timed: the kernel's messages, as they came
  std::vector<std::string> last_words;  ///< the kernel's, for an ending that they explain
};

/// Whether the caller can leave the program's terminal, if this process is behind a front: all that
/// is typed goes to the program. Looks at descriptors 0 and 1.
bool has_terminal_to_leave(const Request& request);

/// `front` is null where there is none. Throws base::Error when quiz cannot do its part; what
/// happens in the guest is the Result.
Result run(const Request& request, const base::Paths& paths, const machine::Monitor& monitor,
           base::Reporter& reporter, relay::Observer& observer, relay::Clock::time_point start,
           const base::FrontProcess* front = nullptr);

/// How the monitor would be invoked for such a run, standing alone: console on stdio, a shell in
/// the guest.
std::vector<std::string> dry_run(const Request& request, const base::Paths& paths,
                                 const machine::Monitor& monitor, base::Reporter& reporter);

/// Whether the run may be repeated in another machine, as if this one had never been: its ending is
/// the machine's own and nothing of the caller's has been touched.
bool may_be_repeated(const Request& request, const machine::Monitor& monitor, const Result& result);

}  // namespace quiz::run
