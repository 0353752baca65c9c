// What a plan has to know of this host and of the files that a request names: all that is looked up
// for it, so that plan.h asks nobody. Gathered once for each machine, when the hooks of the host
// have run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/paths.h"
#include "machine/machine_spec.h"
#include "machine/monitor.h"
#include "relay/streams.h"
#include "root/sharing.h"
#include "run/caller_program.h"
#include "run/closed_directories.h"
#include "run/instance.h"
#include "run/request.h"
#include "wire/messages.h"

namespace quiz::run {

struct Places {
  // The kernel.
  std::filesystem::path initramfs;
  bool devices_by_command_line = false;  ///< it finds them there
  unsigned timer_hz = 0;                 ///< 0: unknown
  std::vector<wire::Module> modules;     ///< that the profiles need, in order
  std::vector<wire::BundleFile> links;   ///< to its configuration and headers

  // The root.
  root::SharingFacts sharing;
  std::string shell;  ///< the caller's, or one that the root has

  // The caller.
  CallerFacts caller;
  std::string candidate;  ///< where the caller would find the program; empty: not sure
  std::vector<wire::FileCapability> capabilities;  ///< of programs, where root does not run them
  relay::StreamPlan streams;

  // The host.
  std::uint64_t tsc_khz = 0;                                  ///< 0: unknown
  std::filesystem::path data, cache;                          ///< of quiz
  std::vector<std::filesystem::path> own;                     ///< of quiz, and not the monitor's
  std::vector<std::filesystem::path> monitor;                 ///< what it reads to come up
  std::string resolv_conf;                                    ///< the text of /etc/resolv.conf
  std::optional<std::filesystem::path> hidden_resolver = {};  ///< see host_resolver.h
  ClosedDirectories closed = {};                              ///< on the way to the run's files

  // Of a run that takes place; a dry one has none of it.
  std::filesystem::path scratch;  ///< the instance's directory
  std::filesystem::path empty;    ///< an empty directory in it
  std::vector<machine::Disk> disks;
  std::vector<wire::BundleFile> files;  ///< that hooks of the host made
  bool keeps_disks = false;             ///< what is written to disks outlives the run
  unsigned lan_number = 0;              ///< of the machine at its LAN; 0: it is at none
};

/// Of the run's program, by what this process's are.
relay::StreamPlan plan_streams(const Request& request);

/// Looks at the host, and makes the initramfs if it is not in the cache. `modules` are those of
/// check_profiles; `instance` is null for a dry run. Throws base::Error.
Places find_places(const Request& request, const base::Paths& paths,
                   const machine::Monitor& monitor, std::vector<wire::Module> modules,
                   const Instance* instance);

/// Where the images of saved machines are (qemu::WarmImages).
std::filesystem::path image_directory(const base::Paths& paths);
/// The key of their seals, a file that no QEMU may write or needs to see.
std::filesystem::path image_key(const base::Paths& paths);
/// Where disks are kept from run to run (profile::Preparation).
std::filesystem::path kept_disks(const base::Paths& paths);

}  // namespace quiz::run
