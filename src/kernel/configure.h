// A kernel's configuration: quiz's base and the requested options merged, completed by the kernel's
// own Kconfig, and verified: what was asked for is in the result, or the reason is told.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/architecture.h"
#include "kernel/config_fragment.h"
#include "kernel/kconfig.h"
#include "kernel/make.h"
#include "kernel/source_tree.h"

namespace quiz::kernel {

struct ConfigRequest {
  base::Architecture architecture = base::host_architecture();
  std::vector<std::string> features;             ///< of shipped_fragments.h
  std::vector<std::filesystem::path> fragments;  ///< files of the user's
  std::vector<ConfigAssignment> options;         ///< of the command line; they win over fragments
  std::filesystem::path config;  ///< taken instead of the base, with the options applied; may be
                                 ///< empty
  bool keep = false;  ///< the source tree's own .config, untouched: all of the above are empty
  bool menu = false;  ///< then let the person at the terminal change it (`make menuconfig`)
};

/// What a request asks of a kernel of this version.
struct ConfigDemands {
  std::vector<ConfigAssignment> base;       ///< base and architecture, without what follows
  std::vector<ConfigAssignment> requested;  ///< features, fragments, options
};

/// Merges. Throws base::Error: an unknown feature, an unreadable fragment, a conflict between two.
ConfigDemands collect_demands(const ConfigRequest& request, const std::string& version);

/// Throws base::Error, with the nearest names, if a requested option is none of this kernel's.
void require_known(const std::vector<ConfigAssignment>& demands, const Kconfig& kconfig);

/// Each demand that `config` does not meet, as a clause with the reason.
std::vector<std::string> lost_demands(const std::vector<ConfigAssignment>& demands,
                                      const ConfigValues& config, const Kconfig& kconfig);

/// Throws base::Error if a requested option was lost; a lost one of the base is an Error where
/// nothing was requested, and otherwise a warning: turning an option off takes others with it.
void verify_config(const ConfigDemands& demands, const ConfigValues& config, const Kconfig& kconfig,
                   base::Reporter& reporter);

/// What a person can set and `after` has otherwise than `before`, with `origin` for its origin.
std::vector<ConfigAssignment> changed_settings(const ConfigValues& before,
                                               const ConfigValues& after, const Kconfig& kconfig,
                                               const std::string& origin);

/// Writes `build`/.config by way of `make`. Returns what was changed in the menu. Throws
/// base::Error.
std::vector<ConfigAssignment> configure_kernel(const SourceTree& source,
                                               const ConfigRequest& request,
                                               const std::filesystem::path& build, KernelMake& make,
                                               base::Reporter& reporter);

}  // namespace quiz::kernel
