#include "boot/elf_image.h"

#include <algorithm>
#include <bit>

#include "boot/bytes.h"
#include "boot/elf.h"
#include "boot/elf_reading.h"
#include "boot/layout.h"
#include "boot/refusal.h"

namespace quiz::boot {

namespace {

constexpr std::string_view kHeaderRule = "gABI 4, ELF header";
constexpr std::string_view kSegmentRule = "gABI 5, program header";
constexpr std::string_view kSectionRule = "gABI 4, sections";
constexpr std::string_view kNoteRule = "gABI 5, note section";

struct Class32 {
  using Header = ElfHeader32;
  using Program = ProgramHeader32;
  using Section = SectionHeader32;
};
struct Class64 {
  using Header = ElfHeader;
  using Program = ProgramHeader;
  using Section = SectionHeader;
};

/// The part of the file that a table takes. No product of 16-bit numbers wraps.
std::string_view table(std::string_view bytes, std::uint64_t offset, std::uint64_t count,
                       std::uint64_t entry_size, std::string_view rule, const char* what) {
  if (!fits(offset, count * entry_size, bytes.size())) {
    refuse(rule, "{} at 0x{:x} ({} of {} bytes) reaches beyond the file of 0x{:x} bytes", what,
           offset, count, entry_size, bytes.size());
  }
  return bytes.substr(static_cast<std::size_t>(offset),
                      static_cast<std::size_t>(count * entry_size));
}

using Window = std::optional<VirtualWindow>;

std::uint64_t place_in(const VirtualWindow& window, std::uint64_t address, std::uint64_t size) {
  if (address < window.base || !fits(address - window.base, size, window.size)) {
    refuse(kSegmentRule, "a segment of 0x{:x} bytes at 0x{:x} is not in the {} from 0x{:x} on",
           size, address, size_text(window.size), window.base);
  }
  return address - window.base;
}

template <typename Program>
void add_segment(ElfImage& image, const Program& program, std::string_view bytes,
                 const Window& window) {
  const std::uint64_t file_size = program.filesz;
  const std::uint64_t memory_size = program.memsz;
  if (memory_size == 0 && file_size == 0) return;
  if (file_size > memory_size) {
    refuse(kSegmentRule, "a segment has 0x{:x} bytes in the file, but only 0x{:x} in memory",
           file_size, memory_size);
  }
  const std::uint64_t address =
      window ? place_in(*window, program.vaddr, memory_size) : std::uint64_t{program.paddr};
  if (address > kPhysicalLimit || memory_size > kPhysicalLimit - address) {
    refuse(kSegmentRule, "a segment of 0x{:x} bytes at 0x{:x} is beyond the address space",
           memory_size, address);
  }
  ElfSegment segment;
  segment.bytes = table(bytes, program.offset, file_size, 1, kSegmentRule, "a segment");
  segment.virtual_address = program.vaddr;
  segment.physical_address = address;
  segment.memory_size = memory_size;
  image.segments.push_back(segment);
}

void add_notes(ElfImage& image, std::string_view notes, std::uint64_t alignment) {
  // The gABI wants 8 in 64-bit files; nearly all tools align to 4 and say 4, and some leave 0 or 1.
  if (alignment > 8 || (alignment > 1 && !std::has_single_bit(alignment))) {
    refuse(kNoteRule, "a segment of notes has the alignment {}", alignment);
  }
  const std::uint64_t padding = alignment == 8 ? 8 : 4;
  std::uint64_t offset = 0;
  while (offset < notes.size()) {
    const auto found = note_at(notes, offset, padding);
    if (!found) {
      if (notes.find_first_not_of('\0', static_cast<std::size_t>(offset)) == notes.npos) return;
      refuse(kNoteRule, "a note is cut off at 0x{:x} of its segment", offset);
    }
    if (!found->fits) {
      refuse(kNoteRule, "the note at 0x{:x} (name {} bytes, content {}) leaves its segment of {}",
             offset, found->name_size, found->data_size, notes.size());
    }
    const std::string_view name = found->name.substr(0, found->name.find('\0'));
    image.notes.push_back({name, found->type, found->data});
    offset = found->next;
  }
}

template <typename Class>
void add_program_headers(ElfImage& image, std::string_view bytes,
                         const typename Class::Header& header, const Window& window) {
  using Program = typename Class::Program;
  if (header.phnum == 0) refuse(kHeaderRule, "it has no program headers");
  if (header.phentsize != sizeof(Program)) {
    refuse(kHeaderRule, "e_phentsize is {} instead of {}", std::uint16_t{header.phentsize},
           sizeof(Program));
  }
  const std::string_view headers = table(bytes, header.phoff, header.phnum, sizeof(Program),
                                         kHeaderRule, "the table of program headers");
  for (std::uint64_t i = 0; i < header.phnum; ++i) {
    const auto program = load<Program>(headers, i * sizeof(Program), "a program header");
    if (program.type == kSegmentLoad) add_segment(image, program, bytes, window);
    if (program.type == kSegmentNote) {
      add_notes(image, table(bytes, program.offset, program.filesz, 1, kSegmentRule, "a note"),
                program.align);
    }
  }
  if (image.segments.empty()) refuse(kHeaderRule, "it has nothing to load");
}

template <typename Class>
void add_sections(ElfImage& image, std::string_view bytes, const typename Class::Header& header) {
  using Section = typename Class::Section;
  if (header.shnum == 0) return;
  if (header.shentsize != sizeof(Section) || header.shstrndx >= header.shnum) {
    refuse(kHeaderRule, "e_shentsize {} is not {}, or e_shstrndx {} not below e_shnum {}",
           std::uint16_t{header.shentsize}, sizeof(Section), std::uint16_t{header.shstrndx},
           std::uint16_t{header.shnum});
  }
  image.section_headers = table(bytes, header.shoff, header.shnum, sizeof(Section), kHeaderRule,
                                "the table of sections");
  image.section_count = header.shnum;
  image.section_entry_size = sizeof(Section);
  image.section_names = header.shstrndx;
  for (std::uint64_t i = 0; i < header.shnum; ++i) {
    const auto from = load<Section>(image.section_headers, i * sizeof(Section), "a section");
    ElfSection section;
    section.type = from.type;
    section.link = from.link;
    section.flags = from.flags;
    section.address = from.addr;
    section.alignment = from.addralign;
    if (section.type != 0 && section.type != kSectionNoBits) {
      section.bytes = table(bytes, from.offset, from.size, 1, kSectionRule, "a section");
    }
    image.sections.push_back(section);
  }
}

template <typename Class>
ElfImage parse_class(std::string_view bytes, const Window& window) {
  const auto header = load<typename Class::Header>(bytes, 0, "the ELF header");
  ElfImage image;
  image.machine = header.machine;
  image.entry = header.entry;
  if (image.machine != kElfMachine386 && image.machine != kElfMachineX86_64) {
    refuse(kHeaderRule, "e_machine is {}: it is not for x86 (3 or 62)", image.machine);
  }
  if (header.type != kElfTypeExecutable && header.type != kElfTypeShared) {
    refuse(kHeaderRule, "e_type is {}: it is not an executable (2 or 3)",
           std::uint16_t{header.type});
  }
  add_program_headers<Class>(image, bytes, header, window);
  add_sections<Class>(image, bytes, header);
  return image;
}

}  // namespace

std::uint64_t ElfImage::begin() const {
  std::uint64_t begin = UINT64_MAX;
  for (const ElfSegment& segment : segments) begin = std::min(begin, segment.physical_address);
  return begin;
}

std::uint64_t ElfImage::end() const {
  std::uint64_t end = 0;
  for (const ElfSegment& segment : segments) {
    end = std::max(end, segment.physical_address + segment.memory_size);
  }
  return end;
}

bool ElfImage::contains(std::uint64_t physical_address) const {
  return std::any_of(segments.begin(), segments.end(), [&](const ElfSegment& segment) {
    return physical_address >= segment.physical_address &&
           physical_address - segment.physical_address < segment.memory_size;
  });
}

std::optional<std::uint64_t> ElfImage::physical_entry() const {
  for (const ElfSegment& segment : segments) {
    if (entry >= segment.virtual_address && entry - segment.virtual_address < segment.memory_size) {
      return entry - segment.virtual_address + segment.physical_address;
    }
  }
  if (contains(entry)) return entry;
  return std::nullopt;
}

std::string ElfImage::kind() const {
  return fmt::format("ELF{} for {}", is_64_bit ? 64 : 32,
                     machine == kElfMachine386 ? "i386" : "x86-64");
}

ElfImage parse_elf_image(std::string_view bytes, const std::optional<VirtualWindow>& window) {
  if (!looks_like_elf(bytes)) refuse(kHeaderRule, "it is not an ELF file");
  const std::string_view ident = part(bytes, 0, sizeof ElfHeader{}.ident, "the ELF header");
  const auto file_class = static_cast<std::uint8_t>(ident[4]);
  const auto encoding = static_cast<std::uint8_t>(ident[5]);
  if (encoding != kElfLittleEndian) {
    refuse(kHeaderRule, "EI_DATA is {}: it is not little-endian (1)", encoding);
  }
  if (file_class == kElfClass32) return parse_class<Class32>(bytes, window);
  if (file_class != kElfClass64) {
    refuse(kHeaderRule, "EI_CLASS is {}: it is neither 32-bit (1) nor 64-bit (2)", file_class);
  }
  ElfImage image = parse_class<Class64>(bytes, window);
  image.is_64_bit = true;
  return image;
}

void add_segments(MemoryLayout& layout, const ElfImage& image, std::uint64_t delta) {
  for (const ElfSegment& from : image.segments) {
    Segment segment;
    segment.name = "kernel";
    segment.address = from.physical_address + delta;
    segment.borrowed = from.bytes;
    segment.zeros = from.memory_size - from.bytes.size();
    layout.add(std::move(segment));
  }
}

}  // namespace quiz::boot
