// Kernels made for tests: small, well-formed, and easy to damage at a known place.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "boot/layout_freebsd.h"

namespace quiz::boot::test {

inline constexpr std::uint64_t kImageVersionOffset = 0x300;  ///< in the setup code
inline constexpr std::uint64_t kSetupSize = 0x800;           ///< 3 sectors after the first
inline constexpr std::uint64_t kPayloadOffset = 0x40;        ///< in the protected-mode code

template <typename Layout>
void put(std::string& bytes, std::uint64_t offset, const Layout& layout) {
  std::memcpy(bytes.data() + offset, &layout, sizeof layout);
}

inline SetupHeader good_header(std::uint64_t payload_size, std::uint64_t code_size) {
  SetupHeader header{};
  header.setup_sects = 3;
  header.syssize = static_cast<std::uint32_t>(code_size / 16);
  header.boot_flag = kBootFlag;
  header.jump_opcode = 0xEB;
  header.jump_distance = 0x6A;
  header.header = kHeaderMagic;
  header.version = 0x020F;
  header.kernel_version = static_cast<std::uint16_t>(kImageVersionOffset - 0x200);
  header.loadflags = 1;
  header.initrd_addr_max = 0x7FFFFFFF;
  header.kernel_alignment = 0x200000;
  header.relocatable_kernel = 1;
  header.min_alignment = 21;
  header.xloadflags = 0x7F;
  header.cmdline_size = 2047;
  header.payload_offset = static_cast<std::uint32_t>(kPayloadOffset);
  header.payload_length = static_cast<std::uint32_t>(payload_size);
  header.pref_address = 0x1000000;
  header.init_size = 0x4000000;
  return header;
}

/// A bzImage around a payload.
inline std::string make_bzimage(std::string_view payload,
                                std::string_view version = "6.1.0-test-amd64 (me@here) #1 SMP") {
  const std::uint64_t code_size = (kPayloadOffset + payload.size() + 15) / 16 * 16;
  std::string bytes(kSetupSize + code_size, '\0');
  put(bytes, kSetupHeaderOffset, good_header(payload.size(), code_size));
  version.copy(bytes.data() + kImageVersionOffset, version.size());
  payload.copy(bytes.data() + kSetupSize + kPayloadOffset, payload.size());
  return bytes;
}

/// What make_vmlinux puts where.
inline constexpr std::uint64_t kVmlinuxNotes = 0x200;
inline constexpr std::uint64_t kVmlinuxText = 0x400;
inline constexpr std::uint64_t kVmlinuxAddress = 0x1000000;
inline constexpr std::uint64_t kVmlinuxMemory = 0x300000;

inline std::string make_note(std::string_view name, std::uint32_t type, std::string_view data) {
  NoteHeader header{};
  header.namesz = static_cast<std::uint32_t>(name.size() + 1);
  header.descsz = static_cast<std::uint32_t>(data.size());
  header.type = type;
  std::string bytes(sizeof header, '\0');
  put(bytes, 0, header);
  bytes += name;
  bytes.append(4 - name.size() % 4, '\0');
  bytes += data;
  bytes.append((4 - data.size() % 4) % 4, '\0');
  return bytes;
}

inline std::string little_endian_bytes(std::uint32_t value) {
  const le32 field = value;
  std::string bytes(sizeof field, '\0');
  put(bytes, 0, field);
  return bytes;
}

/// An x86-64 ELF executable with a PT_LOAD (which holds Linux's banner) and notes, a PVH entry
/// among them unless `pvh` is false.
inline std::string make_vmlinux(std::string_view banner, bool pvh = true) {
  const std::string pvh_address = little_endian_bytes(kVmlinuxAddress + 0x100);
  std::string notes = make_note("GNU", 3, "build-id-of-20-bytes");
  if (pvh) notes += make_note("Xen", kNotePvhEntry, pvh_address);
  std::string bytes(kVmlinuxText, '\0');
  bytes += banner;
  bytes.append(64, '\0');

  ElfHeader header{};
  std::memcpy(header.ident, "\177ELF\2\1\1", 7);
  header.type = kElfTypeExecutable;
  header.machine = kElfMachineX86_64;
  header.version = 1;
  header.entry = kVmlinuxAddress;
  header.phoff = sizeof header;
  header.ehsize = sizeof header;
  header.phentsize = sizeof(ProgramHeader);
  header.phnum = 2;
  put(bytes, 0, header);

  ProgramHeader load{};
  load.type = kSegmentLoad;
  load.offset = kVmlinuxText;
  load.paddr = kVmlinuxAddress;
  load.filesz = bytes.size() - kVmlinuxText;
  load.memsz = kVmlinuxMemory;
  put(bytes, sizeof header, load);

  ProgramHeader note{};
  note.type = kSegmentNote;
  note.offset = kVmlinuxNotes;
  note.filesz = notes.size();
  note.align = std::uint64_t{4};
  put(bytes, sizeof header + sizeof load, note);
  notes.copy(bytes.data() + kVmlinuxNotes, notes.size());
  return bytes;
}

/// What make_freebsd_kernel puts where.
inline constexpr std::uint64_t kFreebsdText = 0x200;
inline constexpr std::uint64_t kFreebsdMemory = 0x3000;

/// FreeBSD's amd64 kernel: two segments 2 MiB above KERNBASE (the first one holds the version's
/// banner), a table of symbols and its names.
inline std::string make_freebsd_kernel(std::string_view version = "15.1-RELEASE test GENERIC") {
  constexpr std::uint64_t kStart = kFreebsdBase + kFreebsdLoad;
  std::string bytes(kFreebsdText, '\0');
  bytes += "@(#)FreeBSD ";
  bytes += version;
  bytes.resize(0x400, '\0');
  const std::string symbols(48, 's');
  const std::string names("\0btext\0", 7);

  ElfHeader header{};
  std::memcpy(header.ident, "\177ELF\2\1\1\11", 8);
  header.type = kElfTypeExecutable;
  header.machine = kElfMachineX86_64;
  header.version = 1;
  header.entry = kStart + 0x40;
  header.phoff = sizeof header;
  header.ehsize = sizeof header;
  header.phentsize = sizeof(ProgramHeader);
  header.phnum = 2;
  header.shentsize = sizeof(SectionHeader);
  header.shnum = 3;
  header.shstrndx = 2;

  ProgramHeader load{};
  load.type = kSegmentLoad;
  load.offset = kFreebsdText;
  load.vaddr = kStart;
  load.paddr = kStart;
  load.filesz = std::uint64_t{0x100};
  load.memsz = std::uint64_t{0x100};
  put(bytes, sizeof header, load);
  load.offset = kFreebsdText + 0x100;
  load.vaddr = kStart + 0x1000;
  load.memsz = kFreebsdMemory - 0x1000;
  put(bytes, sizeof header + sizeof load, load);

  SectionHeader section{};
  section.type = kSectionSymbols;
  section.link = 2;
  section.offset = bytes.size();
  section.size = symbols.size();
  bytes += symbols;
  SectionHeader text{};
  text.type = 3;
  text.offset = bytes.size();
  text.size = names.size();
  bytes += names;
  bytes.resize((bytes.size() + 7) & ~std::size_t{7}, '\0');
  header.shoff = bytes.size();
  bytes.resize(bytes.size() + 3 * sizeof section, '\0');
  put(bytes, header.shoff + sizeof section, section);
  put(bytes, header.shoff + 2 * sizeof section, text);
  put(bytes, 0, header);
  return bytes;
}

/// A module: an ELF file with a .modinfo section.
inline std::string make_module(std::string_view modinfo) {
  constexpr std::string_view kNames("\0.modinfo\0.shstrtab\0", 20);
  ElfHeader header{};
  std::memcpy(header.ident, "\177ELF\2\1\1", 7);
  header.type = std::uint16_t{1};
  header.machine = kElfMachineX86_64;
  header.ehsize = sizeof header;
  header.shentsize = sizeof(SectionHeader);
  header.shnum = 3;
  header.shstrndx = 2;
  std::string bytes(sizeof header, '\0');
  SectionHeader info{};
  info.name = 1;
  info.type = 1;
  info.offset = bytes.size();
  info.size = modinfo.size();
  bytes += modinfo;
  SectionHeader names{};
  names.name = 10;
  names.type = 3;
  names.offset = bytes.size();
  names.size = kNames.size();
  bytes += kNames;
  header.shoff = bytes.size();
  bytes.resize(bytes.size() + 3 * sizeof(SectionHeader));
  put(bytes, header.shoff + sizeof(SectionHeader), info);
  put(bytes, header.shoff + 2 * sizeof(SectionHeader), names);
  put(bytes, 0, header);
  return bytes;
}

}  // namespace quiz::boot::test
