// One run, from what was asked for to its outcome: kernel + initramfs + accelerator + instance +
// machine + relay. Prints nothing; src/cli shows what it learns through Observer and Reporter.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/paths.h"
#include "base/reporter.h"
#include "config/settings.h"
#include "machine/machine.h"
#include "machine/machine_spec.h"
#include "machine/outcome.h"
#include "root/sharing.h"
#include "run/relay.h"
#include "run/request.h"

namespace quiz::run {

struct Result {
  machine::Outcome outcome;
  Clocks clocks;
  int output_error = 0;         ///< errno by which output of the program was lost, though wanted
  bool boot_timed_out = false;  ///< the guest's init had not said hello in time
  std::string instance;
  bool wrote_kept_disks = false;  ///< a run before cannot be repeated as if nothing had been
  machine::Accelerator accelerator = machine::Accelerator::tcg;
  machine::Board board = machine::Board::q35;
  machine::Start start = machine::Start::cold;
  std::string clocksource;
  std::vector<wire::Log> boot_log;      ///< with boot_timed: the kernel's messages, as they came
  std::vector<std::string> last_words;  ///< the kernel's, for an ending that they explain
};

/// Throws base::Error when quiz cannot do its part; what happens in the guest is the Result.
Result run(const Request& request, const base::Paths& paths, base::Reporter& reporter,
           Observer& observer, Clock::time_point start);

/// The QEMU command line of such a run, standing alone: console on stdio, a shell in the guest.
std::vector<std::string> dry_run(const Request& request, const base::Paths& paths,
                                 base::Reporter& reporter);

/// What such a run's `/` is made of: the part of it that depends on the host.
root::SharingRequest sharing_of(const Request& request);

/// The same for FreeBSD's bhyve(8); nothing of it can be run here.
std::vector<std::string> dry_run_bhyve(const Request& request, const base::Paths& paths);

/// Where the images of saved machines are (qemu::WarmImages).
std::filesystem::path image_directory(const base::Paths& paths);
/// The key of their seals, a file that no QEMU may write or needs to see.
std::filesystem::path image_key(const base::Paths& paths);
/// Where disks are kept from run to run (profile::Preparation).
std::filesystem::path kept_disks(const base::Paths& paths);

/// Which accelerator a run would use, and why.
struct AcceleratorDecision {
  machine::Accelerator accelerator = machine::Accelerator::tcg;
  std::string explanation;
};
/// Throws base::Error when KVM is demanded but cannot be used.
AcceleratorDecision choose_accelerator(config::Accelerator choice, const base::Paths& paths);

}  // namespace quiz::run
