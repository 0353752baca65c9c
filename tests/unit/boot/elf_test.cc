#include "boot/elf.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <type_traits>

#include "base/error.h"
#include "images.h"

namespace quiz::boot {
namespace {

using test::kVmlinuxAddress;
using test::kVmlinuxMemory;
using test::kVmlinuxNotes;
using test::make_module;
using test::make_vmlinux;

constexpr const char* kBanner = "Linux version 6.1.0-test (me@here) (gcc) #1 SMP\n";

std::string with_header(const std::function<void(ElfHeader&)>& change) {
  std::string bytes = make_vmlinux(kBanner);
  ElfHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  change(header);
  test::put(bytes, 0, header);
  return bytes;
}

std::string with_segment(int index, const std::function<void(ProgramHeader&)>& change) {
  std::string bytes = make_vmlinux(kBanner);
  const std::size_t offset =
      sizeof(ElfHeader) + static_cast<std::size_t>(index) * sizeof(ProgramHeader);
  ProgramHeader segment;
  std::memcpy(&segment, bytes.data() + offset, sizeof segment);
  change(segment);
  test::put(bytes, offset, segment);
  return bytes;
}

TEST(ElfKernel, TellsEntryPvhAndMemory) {
  const ElfKernel kernel = parse_elf_kernel(make_vmlinux(kBanner));
  EXPECT_EQ(kernel.entry, kVmlinuxAddress);
  EXPECT_EQ(kernel.pvh_entry, kVmlinuxAddress + 0x100);
  EXPECT_EQ(kernel.memory_begin, kVmlinuxAddress);
  EXPECT_EQ(kernel.memory_end, kVmlinuxAddress + kVmlinuxMemory);
}

TEST(ElfKernel, WithoutThePvhNoteHasNoPvhEntry) {
  EXPECT_FALSE(parse_elf_kernel(make_vmlinux(kBanner, false)).pvh_entry.has_value());
}

TEST(ElfKernel, TakesThePvhEntryWith8BytesToo) {
  std::string bytes = with_segment(1, [](ProgramHeader& s) { s.filesz = 24; });
  const std::string note = test::make_note(
      "Xen", kNotePvhEntry, test::little_endian_bytes(kVmlinuxAddress + 8) + std::string(4, '\0'));
  note.copy(bytes.data() + kVmlinuxNotes, note.size());
  EXPECT_EQ(parse_elf_kernel(bytes).pvh_entry, kVmlinuxAddress + 8);
}

TEST(ElfKernel, IsRefusedWhenCutOffAtAnyLength) {
  const std::string bytes = make_vmlinux(kBanner);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_THROW(parse_elf_kernel(std::string_view(bytes).substr(0, length)), base::Error)
        << length;
  }
}

TEST(ElfKernel, IsRefusedForEveryWrongField) {
  const std::vector<std::pair<const char*, std::string>> cases = {
      {"32 bits", with_header([](ElfHeader& h) { h.ident[4] = 1; })},
      {"big-endian", with_header([](ElfHeader& h) { h.ident[5] = 2; })},
      {"arm64", with_header([](ElfHeader& h) { h.machine = std::uint16_t{183}; })},
      {"object file", with_header([](ElfHeader& h) { h.type = std::uint16_t{1}; })},
      {"no segments", with_header([](ElfHeader& h) { h.phnum = 0; })},
      {"odd segment size", with_header([](ElfHeader& h) { h.phentsize = 1; })},
      {"table beyond the file", with_header([](ElfHeader& h) { h.phoff = UINT64_MAX - 8; })},
      {"more segments than file", with_header([](ElfHeader& h) { h.phnum = 0xFFFF; })},
      {"segment beyond the file", with_segment(0, [](ProgramHeader& s) { s.offset = UINT64_MAX; })},
      {"huge file size", with_segment(0,
                                      [](ProgramHeader& s) {
                                        s.filesz = UINT64_MAX;
                                        s.memsz = UINT64_MAX;
                                      })},
      {"file larger than memory", with_segment(0, [](ProgramHeader& s) { s.memsz = 1; })},
      {"address wraps", with_segment(0, [](ProgramHeader& s) { s.paddr = UINT64_MAX - 1; })},
      {"memory wraps", with_segment(0, [](ProgramHeader& s) { s.memsz = UINT64_MAX; })},
      {"nothing to load", with_segment(0, [](ProgramHeader& s) { s.type = 0; })},
      {"notes beyond the file", with_segment(1, [](ProgramHeader& s) { s.offset = UINT64_MAX; })},
      {"PVH entry outside", with_segment(0, [](ProgramHeader& s) { s.paddr = 0x40000000; })},
  };
  for (const auto& [name, bytes] : cases)
    EXPECT_THROW(parse_elf_kernel(bytes), base::Error) << name;
}

TEST(ElfKernel, SurvivesNotesOfImpossibleSize) {
  std::string bytes = make_vmlinux(kBanner);
  NoteHeader note{};
  note.namesz = UINT32_MAX;
  note.descsz = UINT32_MAX;
  test::put(bytes, kVmlinuxNotes, note);
  EXPECT_FALSE(parse_elf_kernel(bytes).pvh_entry.has_value());
}

TEST(ElfSection, FindsASectionByName) {
  const std::string module = make_module("depends=a,b");
  EXPECT_EQ(elf_section(module, ".modinfo"), "depends=a,b");
  EXPECT_EQ(elf_section(module, ".mod"), "");
  EXPECT_EQ(elf_section(module, ".none"), "");
}

/// A module of another machine, by hand: the header, two section headers, their names, the content.
template <typename Header, typename Section>
std::string foreign_module(std::uint8_t bits, bool big) {
  const auto order = [big](auto number) {
    if (!big) return number;
    decltype(number) swapped = 0;
    for (std::size_t i = 0; i < sizeof number; ++i) {
      swapped = static_cast<decltype(number)>(swapped << 8 | (number >> (8 * i) & 0xff));
    }
    return swapped;
  };
  const std::string names("\0.modinfo\0", 10);
  const std::string content = "depends=a,b";
  Header header{};
  std::memcpy(header.ident, "\177ELF", 4);
  header.ident[4] = bits;
  header.ident[5] = big ? 2 : 1;
  const auto set = [&](auto& field, std::uint64_t value) {
    using Integer =
        std::conditional_t<sizeof field == 2, std::uint16_t,
                           std::conditional_t<sizeof field == 4, std::uint32_t, std::uint64_t>>;
    field = order(static_cast<Integer>(value));
  };
  set(header.shoff, sizeof header);
  set(header.shentsize, sizeof(Section));
  set(header.shnum, 2);
  set(header.shstrndx, 1);
  const std::size_t begin = sizeof header + 2 * sizeof(Section);
  Section modinfo{};
  set(modinfo.name, 1);
  set(modinfo.type, 1);
  set(modinfo.offset, begin + names.size());
  set(modinfo.size, content.size());
  Section name_table{};
  set(name_table.type, 3);
  set(name_table.offset, begin);
  set(name_table.size, names.size());
  std::string bytes(begin, '\0');
  test::put(bytes, 0, header);
  test::put(bytes, sizeof header, modinfo);
  test::put(bytes, sizeof header + sizeof(Section), name_table);
  return bytes + names + content;
}

TEST(ElfSection, IsFoundInAModuleOfAnyMachine) {
  for (const bool big : {false, true}) {
    EXPECT_EQ(elf_section(foreign_module<ElfHeader, SectionHeader>(2, big), ".modinfo"),
              "depends=a,b");
    EXPECT_EQ(elf_section(foreign_module<ElfHeader32, SectionHeader32>(1, big), ".modinfo"),
              "depends=a,b");
  }
  std::string odd = foreign_module<ElfHeader, SectionHeader>(2, false);
  odd[4] = 3;
  EXPECT_THROW(elf_section(odd, ".modinfo"), base::Error);
}

TEST(ElfSection, IsRefusedWhenCutOffAtAnyLength) {
  const std::string module = make_module("depends=a,b");
  for (std::size_t length = 0; length < module.size(); ++length) {
    EXPECT_THROW(elf_section(std::string_view(module).substr(0, length), ".modinfo"), base::Error);
  }
}

TEST(LinuxBanner, IsFoundAndFormatStringsAreNot) {
  const auto banner =
      find_linux_banner(std::string("Linux version %s (%s)\0", 22) + kBanner + "rest");
  ASSERT_TRUE(banner);
  EXPECT_EQ(banner->release, "6.1.0-test");
  EXPECT_EQ(banner->text, "Linux version 6.1.0-test (me@here) (gcc) #1 SMP");
  EXPECT_FALSE(find_linux_banner("Linux version %s"));
  EXPECT_FALSE(find_linux_banner("Linux version 6.1"));
  EXPECT_FALSE(find_linux_banner("Linux version "));
  EXPECT_FALSE(find_linux_banner(""));
}

}  // namespace
}  // namespace quiz::boot
