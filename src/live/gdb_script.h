// What gdb is told so that it knows a running machine's kernel: its symbols and those of the
// modules where they lie, and where the machine is reached. Pure.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "live/kernel_places.h"

namespace quiz::live {

struct ModuleFile {
  LoadedModule module;
  std::filesystem::path file;
};

struct GdbRequest {
  std::filesystem::path symbols;      ///< the kernel's vmlinux; empty: there is none
  std::optional<std::uint64_t> text;  ///< KernelPlaces::text
  std::vector<ModuleFile> modules;
  std::string remote;  ///< a command for a shell that speaks with the machine
};

/// For gdb's `source`. Files whose names gdb cannot be told (a line break) are left out.
std::string gdb_script(const GdbRequest& request);

}  // namespace quiz::live
