// What the loaders of multiboot and PVH share: looking for a header, modules and their places, and
// structures as bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/little_endian.h"
#include "boot/bytes.h"
#include "boot/loader.h"
#include "boot/memory_layout.h"

namespace quiz::boot {

/// A plan that has only what was asked for. Throws base::Error when there is an initrd, of which
/// multiboot knows nothing.
BootPlan begin_multiboot(const BootRequest& request, Protocol protocol);

/// A module at its place.
struct PlacedModule {
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  std::string text;
};

/// Puts the modules, each at a page's beginning, behind `kernel_end`, in their order, and tells of
/// them in the plan. Throws base::Error when there is no room.
std::vector<PlacedModule> place_modules(BootPlan& plan, MemoryLayout& layout,
                                        const std::vector<Module>& modules,
                                        std::uint64_t kernel_end);

template <typename Layout>
std::string bytes_of(const Layout& layout) {
  static_assert(std::is_trivially_copyable_v<Layout> && alignof(Layout) == 1);
  return {reinterpret_cast<const char*>(&layout), sizeof layout};
}

/// The machine's memory as entries of that layout, one after the other.
template <typename Entry>
std::string memory_entries(const Platform& platform) {
  std::string bytes;
  for (const MemoryRange& range : platform.memory_map) {
    Entry entry{};
    entry.address = range.address;
    entry.size = range.size;
    entry.type = static_cast<std::uint32_t>(range.type);
    bytes += bytes_of(entry);
  }
  return bytes;
}

/// The KiB of RAM from 0, at most 640, and from 1 MiB to the first hole.
struct BasicMemory {
  std::uint32_t lower_kib = 0;
  std::uint32_t upper_kib = 0;
};
BasicMemory basic_memory(const Platform& platform);

/// The sections of an ELF image that it does not load (symbols, debug information) are put into
/// memory; returns the table of headers in which they have their addresses.
std::string place_sections(MemoryLayout& layout, const struct ElfImage& image,
                           std::uint64_t kernel_end);

/// Where in the first `limit` bytes a whole multiboot header is whose 32-bit numbers add up to 0
/// and which begins with `magic`, at a multiple of `alignment`.
template <typename Header>
std::optional<std::uint64_t> find_header(std::string_view bytes, std::uint32_t magic,
                                         std::uint64_t alignment, std::uint64_t limit) {
  const std::string_view searched = bytes.substr(0, static_cast<std::size_t>(limit));
  const std::string wanted = bytes_of(base::le32(magic));
  for (std::size_t at = searched.find(wanted); fits(at, sizeof(Header), searched.size());
       at = searched.find(wanted, at + 1)) {
    if (at % alignment != 0) continue;
    std::uint32_t sum = 0;
    for (std::size_t field = 0; field < sizeof(Header); field += sizeof(base::le32)) {
      sum += load<base::le32>(searched, at + field, "the multiboot header");
    }
    if (sum == 0) return at;
  }
  return std::nullopt;
}

}  // namespace quiz::boot
