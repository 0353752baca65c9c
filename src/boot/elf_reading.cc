#include "boot/elf_reading.h"

#include "boot/bytes.h"
#include "boot/layout.h"

namespace quiz::boot {

namespace {

std::uint64_t align_up(std::uint64_t value, std::uint64_t alignment) {
  return (value + alignment - 1) & ~(alignment - 1);
}

}  // namespace

std::optional<NoteAt> note_at(std::string_view notes, std::uint64_t offset,
                              std::uint64_t alignment) {
  if (!fits(offset, sizeof(NoteHeader), notes.size())) return std::nullopt;
  const auto header = load<NoteHeader>(notes, offset, "an ELF note");
  NoteAt note{header.namesz, header.descsz, header.type, false, {}, {}, 0};
  // 32-bit sizes in 64-bit arithmetic: no sum here can wrap.
  const std::uint64_t name_offset = offset + sizeof(NoteHeader);
  const std::uint64_t data_offset = align_up(name_offset + note.name_size, alignment);
  note.next = align_up(data_offset + note.data_size, alignment);
  note.fits = fits(name_offset, note.name_size, notes.size()) &&
              fits(data_offset, note.data_size, notes.size());
  if (note.fits) {
    note.name = notes.substr(static_cast<std::size_t>(name_offset), note.name_size);
    note.data = notes.substr(static_cast<std::size_t>(data_offset), note.data_size);
  }
  return note;
}

}  // namespace quiz::boot
