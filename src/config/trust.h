// Whose files quiz believes: those of the caller and of root that nobody else can change. A planted
// /tmp/.quiz.toml or /tmp/.quiz must not decide anything.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <string>

namespace quiz::config {

/// What speaks against the owner, kind and mode of a file or directory ("everybody may write to
/// it"); empty: nothing. Of a symbolic link only the owner counts.
std::string distrust(const struct stat& status);

/// The same for an open file, and for its access list: what speaks against it.
std::string distrust_file(int fd);

/// The same for a directory that exists, and for the symbolic link by which it is reached.
std::string distrust_directory(const std::filesystem::path& path);

}  // namespace quiz::config
