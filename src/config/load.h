// Merges the layers into Settings: defaults < the user's file < the project's files < QUIZ_* <
// flags. main calls it once.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/schema.h"
#include "config/settings.h"

namespace quiz::config {

struct LoadInput {
  std::filesystem::path user_file;  ///< ~/.config/quiz/config.toml; need not exist
  /// Where the search for .quiz.toml and .quiz/config.toml begins; empty: there is none.
  std::filesystem::path start_directory;
  std::vector<std::string> environment;  ///< "NAME=VALUE"
  std::vector<Assignment> flags;
};

struct Loaded {
  Settings settings;
  /// Files that are not trusted, QUIZ_ variables that look mistyped.
  std::vector<std::string> warnings;
};

/// Throws Error that names the value, where it came from, and what is allowed.
Loaded load_settings(const LoadInput& input);

/// The QUIZ_* variables as a layer. An empty variable counts as not set; lists are split at white
/// space. Unknown ones are left alone, but a near miss becomes a warning.
std::vector<Assignment> environment_layer(const std::vector<std::string>& environment,
                                          std::vector<std::string>& warnings);

}  // namespace quiz::config
