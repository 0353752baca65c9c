// The header by which an image says how a multiboot2 loader shall treat it, taken apart and checked
// (Multiboot2 3.1). Pure; multiboot2_plan.cc loads by it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "boot/layout_multiboot.h"

namespace quiz::boot {

struct Multiboot2Image {
  std::uint64_t header_offset = 0;  ///< in the file
  std::optional<AddressTag> addresses;
  std::optional<std::uint32_t> entry;
  std::optional<RelocatableTag> relocatable;
  std::optional<FramebufferTag> framebuffer;
  bool console_required = false;
  bool text_supported = false;
  bool modules_aligned = false;
  std::vector<std::uint32_t> requests;  ///< types of information that it needs
};

/// Where the header is in the file: the first magic number with a right checksum at a multiple of 8
/// below 32 KiB. Nothing if there is none.
std::optional<std::uint64_t> find_multiboot2_header(std::string_view bytes);

/// Throws base::Error with the rule that is broken.
Multiboot2Image parse_multiboot2_header(std::string_view bytes);

}  // namespace quiz::boot
