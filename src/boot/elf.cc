#include "boot/elf.h"

#include <algorithm>

#include "base/error.h"
#include "base/little_endian.h"
#include "boot/bytes.h"
#include "boot/elf_reading.h"
#include "boot/layout.h"

namespace quiz::boot {

namespace {

constexpr std::string_view kMagic("\177ELF", 4);
constexpr std::string_view kBanner = "Linux version ";
constexpr std::size_t kMaxBanner = 1024;

[[noreturn]] void refuse(std::string sentence) { throw base::Error(std::move(sentence)); }

ElfHeader load_header(std::string_view bytes) {
  if (!looks_like_elf(bytes)) refuse("it is not an ELF file");
  const auto header = load<ElfHeader>(bytes, 0, "the ELF header");
  if (header.ident[4] != kElfClass64 || header.ident[5] != kElfLittleEndian) {
    refuse("it is not a 64-bit little-endian ELF file");
  }
  return header;
}

/// Walks one PT_NOTE segment. Notes of odd shape end the walk: other tools' notes are none of our
/// business.
std::optional<std::uint64_t> find_pvh_entry(std::string_view notes, std::uint64_t alignment) {
  auto note = note_at(notes, 0, alignment);
  for (; note && note->fits; note = note_at(notes, note->next, alignment)) {
    if (note->type == kNotePvhEntry && note->name == std::string_view("Xen\0", 4)) {
      if (note->data.size() >= 8) return load<le64>(note->data, 0, "the PVH note");
      if (note->data.size() >= 4) return load<le32>(note->data, 0, "the PVH note");
      refuse("its PVH note is too short");
    }
  }
  return std::nullopt;
}

void add_segment(ElfKernel& kernel, const ProgramHeader& segment, std::string_view bytes) {
  if (segment.memsz == 0) return;
  if (segment.filesz > segment.memsz) refuse("one of its segments is larger than its memory");
  part(bytes, segment.offset, segment.filesz, "one of its segments");
  const std::uint64_t begin = segment.paddr;
  if (begin > kPhysicalLimit || segment.memsz > kPhysicalLimit - begin) {
    refuse("one of its segments lies beyond the physical address space");
  }
  kernel.memory_begin = kernel.memory_end == 0 ? begin : std::min(kernel.memory_begin, begin);
  kernel.memory_end = std::max(kernel.memory_end, begin + segment.memsz);
}

/// Reads fields of a file of either byte order, which the layouts take for little-endian.
struct FieldOrder {
  bool big = false;

  template <typename Integer>
  Integer operator()(base::LittleEndian<Integer> field) const {
    const Integer value = field;
    if (!big) return value;
    Integer swapped = 0;
    for (std::size_t i = 0; i < sizeof value; ++i) {
      swapped = static_cast<Integer>(swapped << 8 | (value >> (8 * i) & 0xff));
    }
    return swapped;
  }
};

template <typename Header, typename Section>
std::string_view find_section(std::string_view bytes, std::string_view name, FieldOrder order) {
  const auto header = load<Header>(bytes, 0, "the ELF header");
  const std::uint64_t count = order(header.shnum);
  if (count == 0) return {};
  if (order(header.shentsize) != sizeof(Section) || order(header.shstrndx) >= count) {
    refuse("its table of sections is damaged");
  }
  const std::string_view table =
      part(bytes, order(header.shoff), count * sizeof(Section), "the table of sections");
  const auto section_at = [&](std::uint64_t index) {
    return load<Section>(table, index * sizeof(Section), "a section header");
  };
  const Section names_header = section_at(order(header.shstrndx));
  const std::string_view names = part(bytes, order(names_header.offset), order(names_header.size),
                                      "the table of section names");
  for (std::uint64_t i = 0; i < count; ++i) {
    const Section section = section_at(i);
    if (order(section.name) >= names.size()) continue;
    const std::string_view rest = names.substr(order(section.name));
    if (rest.substr(0, rest.find('\0')) != name) continue;
    if (order(section.type) == kSectionNoBits) return {};
    return part(bytes, order(section.offset), order(section.size), "a section");
  }
  return {};
}

}  // namespace

bool looks_like_elf(std::string_view bytes) { return bytes.starts_with(kMagic); }

ElfKernel parse_elf_kernel(std::string_view bytes) {
  if (load_header(bytes).machine != kElfMachineX86_64) refuse("it is not for x86-64");
  return parse_elf_executable(bytes);
}

ElfKernel parse_elf_executable(std::string_view bytes) {
  const ElfHeader header = load_header(bytes);
  if (header.type != kElfTypeExecutable && header.type != kElfTypeShared) {
    refuse("it is not an executable");
  }
  if (header.phnum == 0 || header.phentsize != sizeof(ProgramHeader)) {
    refuse("it has no program headers");
  }
  ElfKernel kernel;
  kernel.entry = header.entry;
  for (std::uint64_t i = 0; i < header.phnum; ++i) {
    // An offset near the end of the number range must not wrap to the front of the file.
    const std::string_view table =
        part(bytes, header.phoff, (i + 1) * sizeof(ProgramHeader), "the table of program headers");
    const auto segment = load<ProgramHeader>(table, i * sizeof(ProgramHeader), "a program header");
    if (segment.type == kSegmentLoad) add_segment(kernel, segment, bytes);
    if (segment.type == kSegmentNote && !kernel.pvh_entry) {
      const auto notes = part(bytes, segment.offset, segment.filesz, "a segment of notes");
      kernel.pvh_entry = find_pvh_entry(notes, segment.align == 8 ? 8 : 4);
    }
  }
  if (kernel.memory_end == 0) refuse("it has nothing to load");
  if (kernel.pvh_entry &&
      (*kernel.pvh_entry < kernel.memory_begin || *kernel.pvh_entry >= kernel.memory_end)) {
    refuse("its PVH entry point lies outside its segments");
  }
  return kernel;
}

std::string_view elf_section(std::string_view bytes, std::string_view name) {
  if (!looks_like_elf(bytes)) refuse("it is not an ELF file");
  const std::string_view ident = part(bytes, 0, sizeof ElfHeader::ident, "the ELF header");
  const FieldOrder order{ident[5] == kElfBigEndian};
  if (ident[4] == kElfClass32)
    return find_section<ElfHeader32, SectionHeader32>(bytes, name, order);
  if (ident[4] == kElfClass64) return find_section<ElfHeader, SectionHeader>(bytes, name, order);
  refuse("it has neither 32 nor 64 bits");
}

std::optional<LinuxBanner> find_linux_banner(std::string_view bytes) {
  for (std::size_t at = bytes.find(kBanner); at != std::string_view::npos;
       at = bytes.find(kBanner, at + 1)) {
    const std::string_view line = bytes.substr(at, kMaxBanner);
    const std::size_t end = line.find_first_of(std::string_view("\n\0", 2));
    const std::string_view release =
        line.substr(kBanner.size(), line.find(' ', kBanner.size()) - kBanner.size());
    // Format strings ("Linux version %s") and the like are no banner.
    if (end == std::string_view::npos || release.empty() || release[0] < '0' || release[0] > '9' ||
        kBanner.size() + release.size() >= end) {
      continue;
    }
    return LinuxBanner{std::string(line.substr(0, end)), std::string(release)};
  }
  return std::nullopt;
}

}  // namespace quiz::boot
