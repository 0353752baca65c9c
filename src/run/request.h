// What one run shall be, as a value: every choice is made, every name is a path. resolve.h makes it
// of settings, plan.h turns it into a machine and its guest, src/cli reports by it. Passive.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/architecture.h"
#include "config/settings.h"
#include "confinement/confinement.h"
#include "kernel/kernel.h"
#include "profile/effects.h"
#include "root/chosen_root.h"
#include "root/layers.h"
#include "run/caller_program.h"
#include "run/choose_monitor.h"
#include "wire/messages.h"

namespace quiz::run {

/// A directory that the guest may write, with what in it stays read-only: what quiz follows.
struct WritableMount {
  std::filesystem::path directory;  ///< canonical
  std::filesystem::path place;      ///< where the guest has it, absolute
  std::vector<std::filesystem::path> kept = {};
  /// Owners, modes and devices are what the guest's root makes them, noted in attributes.
  bool mapped = false;
};

/// A directory that the guest has at a place of its own, and cannot change.
struct ShownMount {
  std::filesystem::path directory;  ///< canonical
  std::filesystem::path place;      ///< where the guest has it, absolute
  bool copy_on_write = false;       ///< what it writes there vanishes; otherwise it cannot
};

/// What a run is, decided; resolve.h makes it of the settings, whose defaults are the only ones.
struct Request {
  std::string name;                                ///< of the machine; empty: after `directory`
  std::vector<std::string> words;                  ///< the program; empty: a shell
  std::string directory;                           ///< where it runs, absolute
  std::vector<std::string> environment_additions;  ///< "NAME=VALUE"
  EnvironmentRule environment;                     ///< what else of the caller's
  /// Files and directories of the host's that the guest shall not see, absolute and canonical.
  std::vector<std::filesystem::path> hidden;
  bool as_caller = false;
  bool shell_after = false;
  bool has_program = true;  ///< otherwise the machine is for visitors alone, until it is ended
  config::Keep keep = config::Keep::kNo;
  std::array<bool, 3> open_streams{true, true, true};
  config::Tty tty = config::Tty::kAuto;
  bool eager_input = false;  ///< see relay::plan_streams
  std::chrono::milliseconds timeout{0};

  root::ChosenRoot base;  ///< what `-r` chose
  wire::InitSystem init = wire::InitSystem::quiz;
  root::LayerDirectories layers;  ///< laid over it
  std::uint64_t size_mib = 0;     ///< of what may be written into `/`; 0: half of the memory

  kernel::Kernel kernel;
  std::string kernel_options;  ///< added to the kernel command line
  config::OnOops oops = config::OnOops::kFail;
  int log_level = 5;                 ///< kernel messages below this are reported
  std::filesystem::path kernel_log;  ///< the whole console goes there; empty: nowhere
  bool boot_shown = false;           ///< the observer wants every line of the console
  bool boot_timed = false;           ///< the kernel times its boot, and its log is a result
  std::filesystem::path output;      ///< the writable directory; empty: none
  std::vector<WritableMount> writes;
  std::vector<ShownMount> shown;
  std::uint64_t output_limit = 0;  ///< bytes that each may come to, and each file in it; 0: none

  profile::Effects profiles;
  std::filesystem::path project;  ///< empty: none

  bool strict = false;  ///< refuse where the confinement is weaker than known
  confinement::Layers layers_of_confinement{};

  config::Accelerator accelerator = config::Accelerator::kAuto;
  base::Architecture architecture = base::host_architecture();
  MonitorChoice monitor;
  bool gdb = false;   ///< the machine stands before its first instruction until a debugger has come
  bool cold = false;  ///< no warm start, and nothing saved for one
  unsigned cpus = 1;
  std::uint64_t memory_mib = 0;
};

}  // namespace quiz::run
