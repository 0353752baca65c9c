// An ELF executable as a boot loader sees it, whether 32-bit or 64-bit: what to load where, the
// entry point, notes and sections. Checked in full; every rule it breaks is named. Pure. Source:
// the System V gABI, chapters 4 and 5. (elf.h answers the kernel store's smaller questions.)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "boot/memory_layout.h"
#include "boot/plan.h"

namespace quiz::boot {

struct ElfSegment {
  std::string_view bytes;
  std::uint64_t virtual_address = 0;
  std::uint64_t physical_address = 0;
  std::uint64_t memory_size = 0;
};

struct ElfNote {
  std::string_view name;  ///< without its NUL
  std::uint32_t type = 0;
  std::string_view data;
};

/// A section header in its 64-bit form.
struct ElfSection {
  std::uint32_t type = 0;
  std::uint32_t link = 0;
  std::uint64_t flags = 0;
  std::uint64_t address = 0;
  std::uint64_t alignment = 0;
  std::string_view bytes;  ///< empty for those without content in the file
};

struct ElfImage {
  bool is_64_bit = false;
  std::uint16_t machine = 0;
  std::uint64_t entry = 0;
  std::vector<ElfSegment> segments;  ///< PT_LOAD with memory, in the file's order
  std::vector<ElfNote> notes;        ///< of PT_NOTE

  std::string_view section_headers;  ///< the table as it is in the file; empty if there is none
  std::uint32_t section_count = 0;
  std::uint32_t section_entry_size = 0;
  std::uint32_t section_names = 0;  ///< index of the table of names
  std::vector<ElfSection> sections;

  /// Of the loaded segments, physical.
  std::uint64_t begin() const;
  std::uint64_t end() const;
  /// The physical address of the entry point: ELF's is virtual, but many kernels give a physical
  /// one. Nothing if it lies in no segment.
  std::optional<std::uint64_t> physical_entry() const;
  bool contains(std::uint64_t physical_address) const;
  /// "ELF64 for x86-64".
  std::string kind() const;
};

/// Virtual addresses that are mapped to physical memory from 0 on.
struct VirtualWindow {
  std::uint64_t base = 0;
  std::uint64_t size = 0;
};

/// Throws base::Error for what is not a well-formed ELF executable of x86 (64-bit or 32-bit). With
/// a window, segments lie where it maps their virtual addresses, all of which must be in it; what
/// the file says of physical ones is not looked at.
ElfImage parse_elf_image(std::string_view bytes,
                         const std::optional<VirtualWindow>& window = std::nullopt);

/// The segments at their physical addresses, moved by `delta` (modulo 2^64), their ends zeroed.
void add_segments(MemoryLayout& layout, const ElfImage& image, std::uint64_t delta = 0);

}  // namespace quiz::boot
