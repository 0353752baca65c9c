// The note by which an ELF image says that it can be booted the PVH way.
#pragma once

#include <cstdint>
#include <optional>

#include "boot/elf_image.h"

namespace quiz::boot {

/// The physical address of the entry point, nothing where there is no such note. Throws base::Error
/// when the note is damaged.
std::optional<std::uint64_t> pvh_entry(const ElfImage& image);

}  // namespace quiz::boot
