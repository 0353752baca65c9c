// A run before it is run: the machine, what its guest is told, and what its monitor may do, as
// values. Pure: the same request and places give the same plan, and nothing is made, started or
// looked up. run.cc carries it out; `--dry-run` prints its machine; tests/golden/run has it as
// text.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "confinement/confinement.h"
#include "machine/machine_spec.h"
#include "machine/monitor.h"
#include "relay/relay.h"
#include "root/sharing.h"
#include "run/places.h"
#include "run/request.h"

namespace quiz::run {

/// One of the at most two machines that a run may come to.
struct Attempt {
  machine::Accelerator accelerator = machine::Accelerator::tcg;
  bool again = false;  ///< the first one did not come up
};

struct RunPlan {
  machine::MachineSpec machine;      ///< with the host's paths as the host has them
  relay::RelayPlan relay;            ///< the guest's part, but for what belongs to run.cc
  confinement::Request confinement;  ///< of the monitor
  machine::Saved saved = machine::Saved::none;
};

/// Throws base::Error for a machine that cannot be: more devices than the board has room for, a
/// kernel command line that is too long.
RunPlan plan(const Request& request, const Places& places, const machine::Monitor& monitor,
             const Attempt& attempt);

/// Throws base::Error when the kernel needs more memory than the request has.
void check_memory(const Request& request);

/// What such a run's `/` is made of. `spare` as in root::SharingRequest.
root::SharingRequest sharing_request(const Request& request,
                                     const std::filesystem::path& spare = {});

/// "NAME=VALUE" of each variable that the machine and its profiles add to any program's.
std::vector<std::string> machine_environment(const Request& request);

/// The program's, with what the run, its profiles and the caller add.
std::vector<std::string> program_environment(const Request& request, const CallerFacts& caller);

}  // namespace quiz::run
