// What the loaders of multiboot and PVH share when they write what the kernel is told: modules and
// their places, and structures as bytes.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "boot/loader.h"
#include "boot/memory_layout.h"

namespace quiz::boot {

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

template <typename Layout>
std::string bytes_of(const Layout& layout) {
  static_assert(std::is_trivially_copyable_v<Layout> && alignof(Layout) == 1);
  return std::string(reinterpret_cast<const char*>(&layout), sizeof layout);
}

}  // namespace quiz::boot
