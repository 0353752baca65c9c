// SHA-256 of strings and files (libcrypto), in lower-case hexadecimal: cache keys and checksums.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace quiz::base {

std::string sha256(std::string_view data);
/// Throws SystemError when the file cannot be read.
std::string sha256_file(const std::filesystem::path& path);

}  // namespace quiz::base
