// What the two readers of ELF files share: the walk over notes and the end of memory. elf.h (what
// is in a Linux kernel) takes what it finds, elf_image.h (what a boot plan loads) refuses what is
// odd.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace quiz::boot {

/// x86-64 has 52 physical address bits; what is beyond is a damaged file.
inline constexpr std::uint64_t kPhysicalLimit = std::uint64_t{1} << 52;

/// A note as it stands in the file.
struct NoteAt {
  std::uint32_t name_size;
  std::uint32_t data_size;
  std::uint32_t type;
  bool fits;              ///< name and data lie within the notes; else they are empty
  std::string_view name;  ///< with its NUL
  std::string_view data;
  std::uint64_t next;  ///< where the next one begins
};

/// The note at `offset` of a segment of notes, or nothing where there is no room for a header.
/// `alignment`: 4, or 8 where the segment says so (gABI 5, note section).
std::optional<NoteAt> note_at(std::string_view notes, std::uint64_t offset,
                              std::uint64_t alignment);

}  // namespace quiz::boot
