// One run, from what was asked for to its outcome: kernel + initramfs + accelerator + instance +
// machine + relay. Prints nothing; src/cli shows what it learns through Observer and Reporter.
#pragma once

#include <array>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/paths.h"
#include "base/reporter.h"
#include "confinement/confinement.h"
#include "kernel/kernel.h"
#include "machine/machine.h"
#include "machine/machine_spec.h"
#include "machine/outcome.h"
#include "profile/effects.h"
#include "relay/relay.h"
#include "root/chosen_root.h"
#include "root/layers.h"
#include "root/sharing.h"
#include "run/caller_program.h"

namespace quiz::run {

enum class AcceleratorChoice { automatic, kvm, tcg };
enum class OopsPolicy { fail, ignore, panic };

struct Request {
  std::vector<std::string> words;                  ///< the program; empty: a shell
  std::string directory;                           ///< where it runs, absolute
  std::vector<std::string> environment_additions;  ///< "NAME=VALUE"
  EnvironmentRule environment;                     ///< what else of the caller's
  /// Files and directories of the host's that the guest shall not see, absolute and canonical.
  std::vector<std::filesystem::path> hidden;
  bool as_caller = false;
  bool shell_after = false;
  std::array<bool, 3> open_streams{true, true, true};
  relay::PtyChoice pty = relay::PtyChoice::automatic;
  std::chrono::milliseconds timeout{0};

  root::ChosenRoot base;  ///< what `-r` chose
  wire::InitSystem init = wire::InitSystem::quiz;
  root::LayerDirectories layers;  ///< laid over it
  std::uint64_t size_mib = 0;     ///< of what may be written into `/`; 0: half of the memory

  kernel::Kernel kernel;
  std::string kernel_options;  ///< added to the kernel command line
  OopsPolicy oops = OopsPolicy::fail;
  int log_level = 5;                 ///< kernel messages below this are reported
  std::filesystem::path kernel_log;  ///< the whole console goes there; empty: nowhere
  bool boot_shown = false;           ///< the observer wants every line of the console
  bool boot_timed = false;           ///< the kernel times its boot, and its log is a result
  std::filesystem::path output;      ///< the writable directory; empty: none
  std::uint64_t output_limit = 0;    ///< bytes that it may come to, and each file in it; 0: none

  profile::Effects profiles;
  std::filesystem::path project;  ///< empty: none

  bool strict = false;  ///< refuse where the confinement is weaker than known
  confinement::Layers layers_of_confinement{};

  AcceleratorChoice accelerator = AcceleratorChoice::automatic;
  base::Architecture architecture = base::host_architecture();
  std::string qemu{architecture.qemu};
  bool cold = false;                    ///< no warm start, and nothing saved for one
  std::uint64_t warm_cache_mib = 4096;  ///< for images of machines
  unsigned cpus = 2;
  std::uint64_t memory_mib = 1024;
};

struct Result {
  machine::Outcome outcome;
  relay::Clocks clocks;
  int output_error = 0;         ///< errno by which output of the program was lost, though wanted
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

/// Throws base::Error when quiz cannot do its part; what happens in the guest is the Result.
Result run(const Request& request, const base::Paths& paths, base::Reporter& reporter,
           relay::Observer& observer, relay::Clock::time_point start);

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
AcceleratorDecision choose_accelerator(AcceleratorChoice choice, const base::Paths& paths);

}  // namespace quiz::run
