// Kernel configuration as text: .config files and the fragments that are merged into one. Pure. The
// format of fragments is that of .config; a remark at the end of a line, "# since 6.2" or
// "# until 6.14", says for which versions of Linux the option exists (both may stand there). What
// a fragment asks for and the result does not have is config_check.h's business.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/architecture.h"

namespace quiz::kernel {

/// One demand: "CONFIG_KASAN=y", "# CONFIG_KASAN is not set".
struct ConfigAssignment {
  std::string option;  ///< without CONFIG_
  std::string value;   ///< y, m, n, a number, or a string in its quotes
  std::string origin;  ///< for messages: "base.config:12", "-e KASAN"
};

/// A .config: option (without CONFIG_) to value. Options that are not set are absent.
using ConfigValues = std::map<std::string, std::string, std::less<>>;

/// Strips a leading CONFIG_. Throws base::Error when the rest cannot be the name of an option.
std::string option_name(std::string_view given);

/// The demands of a fragment that count for a kernel of `version` ("6.12.117"). Throws base::Error
/// with `name` and the line for a line that is neither a demand nor a comment.
std::vector<ConfigAssignment> parse_fragment(std::string_view text, const std::string& name,
                                             std::string_view version);

/// "OPTION=VALUE" from the command line, as make's own `scripts/config --set-val` takes it: a value
/// that is no number and not y, m or n becomes a quoted string. Throws base::Error.
ConfigAssignment parse_setting(std::string_view text, const std::string& origin);

/// Demands in the order in which they were made.
class ConfigMerge {
 public:
  /// A whole group, such as one fragment. Within and between groups of the same rank two demands
  /// that differ are a conflict and throw base::Error naming both; a higher rank silently wins.
  void add(const std::vector<ConfigAssignment>& group, int rank);

  /// Every demand that counts, each option once, sorted.
  std::vector<ConfigAssignment> assignments() const;

 private:
  struct Ranked {
    ConfigAssignment assignment;
    int rank;
  };
  std::map<std::string, Ranked> by_option_;
};

/// As lines of a .config.
std::string config_text(const std::vector<ConfigAssignment>& assignments);

/// `config` with the lines of the options replaced, or appended where they are missing.
std::string apply_to_config(std::string_view config,
                            const std::vector<ConfigAssignment>& assignments);

/// Reads a .config; lines that are no assignments are left out.
ConfigValues parse_config(std::string_view text);

/// The value of an option; "n" where it is not set.
std::string config_value(const ConfigValues& config, std::string_view option);
/// The same of a .config's text, for the few questions that are not worth reading it all.
std::string config_value_in(std::string_view text, std::string_view option);

/// By the folder in "# Linux/FOLDER 6.12.1 Kernel Configuration", with which Kconfig begins a
/// .config; nullopt where somebody has removed that. Throws base::Error for one that quiz has no
/// machines of.
std::optional<base::Architecture> architecture_of_config(std::string_view text);

}  // namespace quiz::kernel
