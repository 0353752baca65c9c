// Text to value and back for every type that a setting can have. The readers take the spelling that
// the command line, the environment and the files share and return nullopt for what is not allowed;
// schema.cc says so to the user. The writers give TOML, which `quiz config` prints.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/architecture.h"
#include "config/settings.h"

namespace quiz::config {

/// The spellings of the enumerations, in the order of their values.
inline constexpr std::array<std::string_view, 3> kAcceleratorNames{"auto", "kvm", "tcg"};
/// Of base::architectures(), by the names that quiz calls them.
inline constexpr std::array<std::string_view, 7> kArchitectureNames{
    "x86_64", "s390x", "aarch64", "riscv64", "ppc64le", "i686", "armv7l"};
inline constexpr std::array<std::string_view, 3> kMonitorNames{"qemu", "kvm", "bhyve"};
inline constexpr std::array<std::string_view, 3> kTtyNames{"auto", "force", "refuse"};
inline constexpr std::array<std::string_view, 3> kKeepNames{"no", "failure", "always"};
inline constexpr std::array<std::string_view, 3> kStdinNames{"asked", "eager", "none"};
inline constexpr std::array<std::string_view, 3> kOnOopsNames{"fail", "ignore", "panic"};
inline constexpr std::array<std::string_view, 3> kInitNames{"quiz", "tini", "systemd"};
inline constexpr std::array<std::string_view, 3> kPassEnvironmentNames{"none", "listed", "all"};
/// Of KernelMessages::Show, without kFile.
inline constexpr std::array<std::string_view, 3> kKernelMessagesNames{"warn", "all", "none"};

/// Any text, the empty one too.
std::optional<std::string> read_text(std::string_view text);
/// Any text that is not empty.
std::optional<std::string> read_nonempty(std::string_view text);
/// What a running machine may be called (base/machine_name.h).
std::optional<std::string> read_machine_name(std::string_view text);
/// An architecture by any of its names.
std::optional<base::Architecture> read_architecture(std::string_view text);
/// yes, true, on, 1, no, false, off, 0.
std::optional<bool> read_switch(std::string_view text);
std::optional<std::optional<bool>> read_optional_switch(std::string_view text);
/// MiB from "512", "512M", "2G", "1T" (also "2GiB"); 64 MiB to 16 TiB.
std::optional<unsigned> read_memory(std::string_view text);
/// The same, but 1 MiB to 16 TiB, and 0.
std::optional<unsigned> read_size(std::string_view text);
/// 1 to 255.
std::optional<unsigned> read_cpus(std::string_view text);
/// "30", "1.5s", "2m", "1h"; rounded up to milliseconds, so that only "0" means none. At most a
/// year.
std::optional<std::chrono::milliseconds> read_duration(std::string_view text);
/// NAME or NAME=VALUE.
std::optional<EnvironmentAddition> read_environment_addition(std::string_view text);
/// A piece of kernel command line: not empty, no line break.
std::optional<std::string> read_cmdline(std::string_view text);
/// "scheme:…" as in apt's sources: an address in one word, without slashes at its end.
std::optional<std::string> read_mirror(std::string_view text);
/// warn, all, none, or a file. A bare word that looks like a mistyped one of these is refused.
std::optional<KernelMessages> read_kernel_messages(std::string_view text);
/// A descriptor's number or a file.
std::optional<JsonTarget> read_json_target(std::string_view text);

/// A directory of the host's, and where the guest has it: empty: where the host has it.
struct WritableWords {
  std::string directory;
  std::string place;
  std::vector<std::string> options;  ///< in order; not all need be known ones
};
/// What -w knows behind its directories.
inline constexpr std::array<std::string_view, 4> kWriteOptions = {"rw", "ro", "cow", "map"};
/// "DIR[:PLACE][:OPTION...]". A colon is a separator before a slash, since PLACE is absolute,
/// behind PLACE, and before a known option.
WritableWords split_write(std::string_view text);

template <typename Enum, const auto& kNames>
std::optional<Enum> read_choice(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == text) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

/// A TOML basic string. Bytes that are not printable become escapes.
std::string to_toml(const std::string& text);
std::string to_toml(bool value);
std::string to_toml(unsigned value);
std::string to_toml(std::chrono::milliseconds value);
std::string to_toml(const base::Architecture& value);
std::string to_toml(Accelerator value);
std::string to_toml(Monitor value);
std::string to_toml(Tty value);
std::string to_toml(Stdin value);
std::string to_toml(Keep value);
std::string to_toml(OnOops value);
std::string to_toml(Init value);
std::string to_toml(PassEnvironment value);
/// "" where it is not set.
std::string to_toml(const std::optional<bool>& value);
std::string to_toml(const EnvironmentAddition& value);
std::string to_toml(const KernelMessages& value);
std::string to_toml(const JsonTarget& value);

}  // namespace quiz::config
