// Whose a file or a directory is: what quiz believes or runs must be the caller's alone. Root with
// a user's HOME is another user, too, and neither believes that user's files nor leaves its own
// there.
#pragma once

#include <filesystem>
#include <string>

namespace quiz::base {

/// Empty where what is open belongs to the effective user and nobody else may use it (mode & 077 is
/// 0); otherwise the reason: "belongs to another user", "is open to other users".
std::string why_not_private(int fd);

/// mkdir -p, new directories with mode 0700; but not in a directory of another user, root's aside.
/// What is there already is not looked at. Throws Error.
void make_private_directories(const std::filesystem::path& path);

}  // namespace quiz::base
