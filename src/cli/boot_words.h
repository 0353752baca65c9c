// The words of `quiz boot`, parsed into what they ask for. Pure: no file is looked at. A parser of
// its own, since a kernel's command line may contain what a library would take for its own syntax
// ("[a,b]").
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "boot/plan.h"

namespace quiz::cli {

struct BootModule {
  std::string file;
  std::string text;
};

enum class PlanForm { text, json };

struct BootWords {
  std::optional<boot::Protocol> loader;  ///< nothing: by what the image is
  std::string kernel;
  std::optional<std::string> command_line;
  std::string initrd;
  std::vector<BootModule> modules;
  std::vector<std::string> environment;
  std::optional<unsigned> memory_mib;
  std::optional<unsigned> cpus;
  std::optional<boot::Board> board;  ///< nothing: by the protocol
  std::optional<PlanForm> plan;      ///< print it and run nothing
  std::string monitor_socket;
};

/// The options whose values are names, with the names, for completion.
struct BootChoices {
  std::string_view option;
  std::vector<std::string_view> names;
};
const std::vector<BootChoices>& boot_choices();

/// Takes options in any order, and bhyve's `-o loader.NAME=VALUE`. Throws base::Error with a hint.
BootWords parse_boot_words(const std::vector<std::string>& words);

}  // namespace quiz::cli
