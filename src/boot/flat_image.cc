#include "boot/flat_image.h"

#include "boot/bytes.h"
#include "boot/refusal.h"

namespace quiz::boot {

FlatImage take_flat_image(std::string_view file, std::uint64_t header_offset,
                          const FlatAddresses& addresses, std::string_view rule) {
  // All in 64 bits: none of these sums and differences of 32-bit numbers wraps.
  const std::uint64_t header = addresses.header;
  std::uint64_t load = addresses.load;
  std::uint64_t offset = 0;
  if (addresses.load == UINT32_MAX) {
    if (header < header_offset) {
      refuse(rule, "header_addr 0x{:x} is below the header's place 0x{:x} in the file", header,
             header_offset);
    }
    load = header - header_offset;
  } else {
    if (load > header) {
      refuse(rule, "load_addr 0x{:x} is above header_addr 0x{:x}", load, header);
    }
    if (header - load > header_offset) {
      refuse(rule,
             "load_addr 0x{:x} would be before the file's beginning: the header, 0x{:x}, is "
             "at 0x{:x} of it",
             load, header, header_offset);
    }
    offset = header_offset - (header - load);
  }
  std::uint64_t size = file.size() - offset;
  if (addresses.load_end != 0) {
    if (addresses.load_end < load) {
      refuse(rule, "load_end_addr 0x{:x} is below load_addr 0x{:x}", addresses.load_end, load);
    }
    size = addresses.load_end - load;
    if (!fits(offset, size, file.size())) {
      refuse(rule, "0x{:x} bytes from 0x{:x} on are more than the file's 0x{:x}", size, offset,
             file.size());
    }
  }
  FlatImage image;
  image.address = load;
  image.bytes = file.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
  if (addresses.bss_end != 0) {
    if (addresses.bss_end < load + size) {
      refuse(rule, "bss_end_addr 0x{:x} is below the end of what is loaded, 0x{:x}",
             addresses.bss_end, load + size);
    }
    image.zeros = addresses.bss_end - (load + size);
  }
  if (image.bytes.empty() && image.zeros == 0) refuse(rule, "it has nothing to load");
  return image;
}

void add_flat_image(MemoryLayout& layout, const FlatImage& image, std::uint64_t delta) {
  Segment segment;
  segment.name = "kernel";
  segment.address = image.address + delta;
  segment.borrowed = image.bytes;
  segment.zeros = image.zeros;
  layout.add(std::move(segment));
}

}  // namespace quiz::boot
