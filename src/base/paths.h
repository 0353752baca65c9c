// Where quiz keeps its files, by the XDG base directory specification
// (https://specifications.freedesktop.org/basedir-spec/latest/), and in no directory of another
// user: `sudo -E` shall not have root boot kernels and run hooks that the user chose, nor write
// where a link of the user's leads. Nothing is created here.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace quiz::base {

struct Paths {
  std::filesystem::path config;  ///< $XDG_CONFIG_HOME/quiz: config.toml
  std::filesystem::path data;    ///< $XDG_DATA_HOME/quiz: kernels, roots
  std::filesystem::path cache;   ///< $XDG_CACHE_HOME/quiz: what can be made again
  /// $XDG_RUNTIME_DIR/quiz: running instances; falls back to /tmp/quiz-UID, and where somebody else
  /// has made that to `cache`/kRuntimeInCache.
  std::filesystem::path runtime;
  /// Where runs with another environment had it, or may have it now: perhaps somebody else's.
  std::vector<std::filesystem::path> other_runtimes;
  std::vector<std::string> warnings;  ///< directories of others that are not used
  std::vector<std::string> details;   ///< of interest with -v
};

inline constexpr char kRuntimeInCache[] = "runtime";

/// From the environment and the password database. As the specification demands, relative values
/// are ignored; so are directories that belong to neither the caller nor root. Throws Error when
/// there is no home directory left. `temporary` is /tmp but in tests.
Paths find_paths(const std::filesystem::path& temporary = "/tmp");

/// Of `other_runtimes` and `runtime` those that are there and belong to the caller alone: in others
/// anybody could say what runs, or let whoever looks wait.
std::vector<std::filesystem::path> own_runtimes(const Paths& paths);

/// The runtime directory is made (0700) if missing, and refused with an Error unless it is a
/// directory of the caller that nobody else can write: in /tmp anybody could have made it first.
void prepare_private_directory(const std::filesystem::path& path);

}  // namespace quiz::base
