// Where quiz keeps its files, by the XDG base directory specification
// (https://specifications.freedesktop.org/basedir-spec/latest/). Nothing is created here.
#pragma once

#include <filesystem>

namespace quiz::base {

struct Paths {
  std::filesystem::path config;  ///< $XDG_CONFIG_HOME/quiz: config.toml
  std::filesystem::path data;    ///< $XDG_DATA_HOME/quiz: kernels, roots
  std::filesystem::path cache;   ///< $XDG_CACHE_HOME/quiz: what can be made again
  /// $XDG_RUNTIME_DIR/quiz: running instances; falls back to /tmp/quiz-UID.
  std::filesystem::path runtime;
};

/// From the environment and the password database. As the specification demands, relative values
/// are ignored. Throws Error when there is no home directory at all.
Paths find_paths();

/// The runtime directory is made (0700) if missing, and refused with an Error unless it is a
/// directory of the caller that nobody else can write: in /tmp anybody could have made it first.
void prepare_private_directory(const std::filesystem::path& path);

}  // namespace quiz::base
