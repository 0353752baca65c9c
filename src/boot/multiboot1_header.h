// Where a multiboot header of the first version is in an image.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace quiz::boot {

/// The first magic number with a right checksum at a multiple of 4 below 8 KiB (Multiboot 3.1).
std::optional<std::uint64_t> find_multiboot1_header(std::string_view bytes);

}  // namespace quiz::boot
