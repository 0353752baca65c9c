// Images that carry their addresses in the multiboot header instead of being ELF files (the
// "address header tag", in version 1 the "a.out kludge"). The same rules hold in both versions.
#pragma once

#include <cstdint>
#include <string_view>

#include "boot/memory_layout.h"

namespace quiz::boot {

struct FlatAddresses {
  std::uint32_t header = 0;    ///< where the multiboot header is to be
  std::uint32_t load = 0;      ///< of the first byte; UINT32_MAX: of the file's first one
  std::uint32_t load_end = 0;  ///< 0: the whole file
  std::uint32_t bss_end = 0;   ///< 0: there is no bss
};

struct FlatImage {
  std::uint64_t address = 0;
  std::string_view bytes;
  std::uint64_t zeros = 0;

  std::uint64_t end() const { return address + bytes.size() + zeros; }
};

/// `rule` is the section of the specification to name. Throws base::Error when the addresses
/// contradict each other or the file.
FlatImage take_flat_image(std::string_view file, std::uint64_t header_offset,
                          const FlatAddresses& addresses, std::string_view rule);

/// Adds it, moved by `delta` (modulo 2^64).
void add_flat_image(MemoryLayout& layout, const FlatImage& image, std::uint64_t delta = 0);

}  // namespace quiz::boot
