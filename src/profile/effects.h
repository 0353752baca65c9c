// What the profiles of a run come to, all together: devices, modules, files, hooks, what the kernel
// and the root must have. Pure; preparation.h makes what is on the host.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/consent_table.h"
#include "machine/machine_spec.h"
#include "profile/mapper.h"
#include "profile/selection.h"
#include "wire/messages.h"

namespace quiz::profile {

/// A disk that preparation makes a file for.
struct WantedDisk {
  machine::Disk disk;       ///< without a file yet
  std::string persist;      ///< the set of disks that it is kept in; empty: none
  bool size_given = false;  ///< somebody asked for this size: a kept disk of another one is refused
};

/// Something that the kernel or the root must have, and who needs it.
struct Need {
  std::string what;
  std::string profile;
};

/// A module to be loaded unless it is built in.
struct WantedModule {
  std::string name;
  std::string parameters;
  std::string profile;
  bool optional = false;  ///< a kernel without it may do as well
};

/// A hook, and what it is told in its environment.
struct WantedHook {
  std::string profile;
  bool of_project = false;
  fs::path folder;  ///< of the profile; empty for a shipped one
  std::string content;
  std::vector<std::string> environment;  ///< "QUIZ_OPTION_COUNT=4" …
  std::string agreed = {};  ///< digest_of() the project's folder that the user has agreed to
};

/// A directory that the program may write to, in the words of the setting `write`.
struct WantedWrite {
  std::string words;
  std::string profile;
};

/// A network of machines that the run's is to join.
struct WantedLan {
  std::string name;
  std::string ip;  ///< empty: any address
};

struct Effects {
  std::vector<std::string> profiles;  ///< names, in order
  std::vector<WantedDisk> disks;
  std::vector<wire::MemoryDevice> memory;
  std::vector<wire::MapperDevice> mapper;
  std::optional<machine::Network> network;
  std::optional<WantedLan> lan;
  std::vector<WantedWrite> writes;
  bool hot_plug = false;  ///< disks come and go while the machine runs
  std::vector<WantedModule> modules;
  std::vector<Need> kernel_options;
  std::vector<Need> programs;
  std::map<std::string, std::string> packages;  ///< the package that has a program, by position
  std::string cmdline;
  std::vector<std::string> environment;  ///< of the program: "NAME=VALUE"
  std::vector<wire::BundleFile> bundle;
  std::vector<WantedHook> host, host_after, guest, guest_after;
  std::string needs_output;       ///< the profile that does; empty: none
  std::vector<config::Ask> asks;  ///< what of it a project asks for
};

/// Throws base::Error for values that make no sense together.
Effects combine(const std::vector<Chosen>& chosen);

}  // namespace quiz::profile
