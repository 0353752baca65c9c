// Which files and directories of this machine --hide and --hide-secrets mean: from what settings
// say
// ("~/.cargo/credentials*") to absolute paths that exist. That the guest does not see them is
// base::Confinement's work. resolve.cc makes a run's request with it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace quiz::run {

/// The homes that "~/" stands for: $HOME, the user's of the password database, for root those below
/// /home, too, since QEMU may read them then.
std::vector<std::filesystem::path> homes();

/// The paths that exist, canonical, each once. "~/" stands for each of the homes; the rest of a
/// pattern is as in a shell. Relative ones are taken from `directory`.
std::vector<std::filesystem::path> matching_paths(const std::vector<std::string>& patterns,
                                                  const std::vector<std::filesystem::path>& homes,
                                                  const std::filesystem::path& directory);

/// Something that the run cannot do without.
struct NeededPath {
  std::string what;  ///< "the directory in which the program runs"
  std::filesystem::path path;
};

/// Throws base::Error, with `hint`, where one of the hidden paths is `/` or has something in it
/// that is needed.
void check_hidden(const std::vector<std::filesystem::path>& hidden,
                  const std::vector<NeededPath>& needed, const std::string& hint);

}  // namespace quiz::run
