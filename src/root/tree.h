// The unpacked files of a root between their installation and the image: what differs from one
// installation to the next is taken out, and what is in them is written down.
#pragma once

#include <cstdint>
#include <filesystem>

namespace quiz::root {

/// Removes logs and caches, and what installation scripts wrote of the host or of the day; nothing
/// is newer afterwards than the newest file of a package. Returns that time, in seconds: it depends
/// on the packages only.
std::int64_t make_reproducible(const std::filesystem::path& tree);

/// Writes a line "NAME VERSION" for each installed package, sorted; returns how many.
std::uint64_t write_packages(const std::filesystem::path& tree, const std::filesystem::path& file);

}  // namespace quiz::root
