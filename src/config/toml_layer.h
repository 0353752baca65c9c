// A settings file as a layer: TOML text to assignments. Pure: no files, no environment (fuzzable).
#pragma once

#include <vector>

#include "config/schema.h"
#include "config/settings_file.h"

namespace quiz::config {

enum class FileKind {
  kUser,     ///< ~/.config/quiz/config.toml
  kProject,  ///< .quiz.toml: may not set what would act on the host (consent_table.h)
};

/// Relative paths become absolute from the file's directory. Throws Error with file:line:column for
/// malformed TOML, an unknown key (with the nearest one), a value of the wrong type, and a setting
/// that a project may not make.
std::vector<Assignment> toml_layer(const SettingsFile& file, FileKind kind);

}  // namespace quiz::config
