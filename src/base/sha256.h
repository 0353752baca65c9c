// SHA-256 of strings and files (libcrypto), in lower-case hexadecimal: cache keys, checksums, and
// what only the owner of a key can make.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace quiz::base {

std::string sha256(std::string_view data);
/// Throws SystemError when the file cannot be read.
std::string sha256_file(const std::filesystem::path& path);

/// HMAC-SHA-256 (RFC 2104).
std::string hmac_sha256(std::string_view key, std::string_view data);

/// Whether two of these are the same, in a time that does not tell where they differ.
bool same_digest(std::string_view one, std::string_view other);

}  // namespace quiz::base
