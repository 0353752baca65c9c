// The kernel that OpenZFS's modules are built for, as src/openzfs needs to know it, and what
// OpenZFS asks of its configuration. src/cli makes a Target of a kernel of the store.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/architecture.h"

namespace quiz::openzfs {

struct Target {
  std::string name;              ///< in the store: "6.12.117"
  std::string release;           ///< uname -r
  std::string version;           ///< of Linux: "6.12.117"
  std::string made;              ///< when it was built or added: another one is another kernel
  std::filesystem::path source;  ///< for --with-linux; empty: there is nothing to build against
  std::filesystem::path object;  ///< for --with-linux-obj
  std::filesystem::path config;
  std::filesystem::path modules;  ///< lib/modules/RELEASE with its own modules; may be empty
  /// Built by Clang: "" for the plain names, "-19" for clang-19, as make's LLVM= has them.
  std::optional<std::string> llvm;
  base::Architecture architecture = base::host_architecture();
  /// Headers and libraries of another architecture than the host's; empty: the host's own.
  std::filesystem::path sysroot{};
  std::string root{};  ///< for runs, by its name in the store; empty: what they have anyway

  bool is_foreign() const { return !(architecture == base::host_architecture()); }
  /// What the names of its compiler's programs begin with: "s390x-linux-gnu-"; empty: the host's.
  std::string cross_prefix() const {
    return is_foreign() ? std::string(architecture.triplet) + "-" : std::string();
  }
};

/// What OpenZFS needs and the configuration does not have: "CONFIG_ZLIB_INFLATE" …, or has and must
/// not have: "no CONFIG_TRIM_UNUSED_KSYMS". `config` is the text of a .config.
std::vector<std::string> missing_options(std::string_view config);

/// The same for a kernel that Clang built: its .config says so. nullopt: GCC.
std::optional<std::string> llvm_of(std::string_view config);

}  // namespace quiz::openzfs
