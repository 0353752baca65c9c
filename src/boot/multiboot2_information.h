// The boot information that a multiboot2 kernel gets (Multiboot2 3.6).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "boot/elf_image.h"
#include "boot/information.h"

namespace quiz::boot {

/// What the information tells beside what the plan knows already.
struct Multiboot2Facts {
  std::vector<PlacedModule> modules;
  std::optional<ElfImage> sections;  ///< whose sections; their headers are the next field
  std::string section_headers;
  std::optional<std::uint64_t> load_base;  ///< of a relocatable image
};

/// Adds it to the layout and the plan; returns its address. Throws base::Error when there is no
/// room.
std::uint64_t add_multiboot2_information(BootPlan& plan, MemoryLayout& layout,
                                         const Multiboot2Facts& facts);

}  // namespace quiz::boot
