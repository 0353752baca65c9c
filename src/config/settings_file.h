// Finds the settings files and reads them only if they can be trusted: what a stranger put into a
// directory above the caller's must not decide anything. toml_layer.h takes the text apart.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>

#include "base/architecture.h"

namespace quiz::config {

struct SettingsFile {
  std::filesystem::path path;
  std::string content;
};

/// Why a file that is there is not used: "ignoring /tmp/.quiz.toml: it belongs to NAME (uid 1000),
/// not to you or root".
struct IgnoredFile {
  std::string reason;
};

/// nullopt: there is no such file.
using FoundFile = std::optional<std::variant<SettingsFile, IgnoredFile>>;

/// Reads a regular file, or a symbolic link to one, where both belong to the caller or root and no
/// one else may write. Ownership is that of what was opened. Never waits on a FIFO or a device.
/// Throws Error for more than 1 MiB.
FoundFile read_settings_file(const std::filesystem::path& path);

/// What a person writes into a project.
inline constexpr char kProjectFile[] = ".quiz.toml";
/// What quiz itself remembers of a project for runs on machines of an architecture (`quiz openzfs`:
/// the kernel): ".quiz/config.toml", for another one than the host's ".quiz/config+s390x.toml".
std::filesystem::path remembered_file(const base::Architecture& architecture);

/// The nearest file of that name from `directory` (absolute) upwards. One that is not trusted ends
/// the search.
FoundFile find_project_file(const std::filesystem::path& directory,
                            const std::filesystem::path& name = kProjectFile);

}  // namespace quiz::config
