// Multiboot, version 2 (https://www.gnu.org/software/grub/manual/multiboot2, section 3) and version
// 1 (https://www.gnu.org/software/grub/manual/multiboot, section 3): headers that an image carries
// and what a kernel is told. Passive data.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/little_endian.h"

namespace quiz::boot {

// Version 2.

inline constexpr std::uint32_t kMultiboot2Header = 0xE85250D6;
inline constexpr std::uint32_t kMultiboot2Magic = 0x36D76289;  ///< in EAX
inline constexpr std::uint64_t kMultiboot2Search = 32768;
inline constexpr std::uint64_t kMultiboot2Alignment = 8;

struct Multiboot2Header {
  base::le32 magic;
  base::le32 architecture;  ///< 0 is i386
  base::le32 length;        ///< with the tags
  base::le32 checksum;
};
static_assert(sizeof(Multiboot2Header) == 16);

struct HeaderTag {
  base::le16 type;
  base::le16 flags;  ///< bit 0: optional
  base::le32 size;
};
static_assert(sizeof(HeaderTag) == 8);

enum class HeaderTagType : std::uint16_t {
  end,
  information_request,
  address,
  entry,
  console,
  framebuffer,
  module_alignment,
  efi_boot_services,
  efi_i386_entry,
  efi_amd64_entry,
  relocatable,
};

struct AddressTag {
  HeaderTag tag;
  base::le32 header_address;
  base::le32 load_address;
  base::le32 load_end_address;
  base::le32 bss_end_address;
};
static_assert(sizeof(AddressTag) == 24 && offsetof(AddressTag, bss_end_address) == 20);

struct EntryTag {
  HeaderTag tag;
  base::le32 entry;
};
static_assert(sizeof(EntryTag) == 12);

struct ConsoleTag {
  HeaderTag tag;
  base::le32 flags;  ///< bit 0: one is required, bit 1: EGA text will do
};
static_assert(sizeof(ConsoleTag) == 12);

struct FramebufferTag {
  HeaderTag tag;
  base::le32 width;
  base::le32 height;
  base::le32 depth;
};
static_assert(sizeof(FramebufferTag) == 20);

struct RelocatableTag {
  HeaderTag tag;
  base::le32 minimum;
  base::le32 maximum;  ///< the last byte, not the end
  base::le32 alignment;
  base::le32 preference;  ///< 0 none, 1 lowest, 2 highest
};
static_assert(sizeof(RelocatableTag) == 24 && offsetof(RelocatableTag, preference) == 20);

/// What a kernel may be told; a request for another one cannot be understood.
enum class InformationType : std::uint32_t {
  end,
  command_line,
  loader_name,
  module,
  basic_memory,
  bios_device,
  memory_map,
  vbe,
  framebuffer,
  elf_sections,
  apm,
  efi32_table,
  efi64_table,
  smbios,
  acpi_old,
  acpi_new,
  network,
  efi_memory_map,
  efi_boot_services,
  efi32_image,
  efi64_image,
  load_base,
};

struct InformationHeader {
  base::le32 total_size;
  base::le32 reserved;
};
static_assert(sizeof(InformationHeader) == 8);

struct InformationTag {
  base::le32 type;
  base::le32 size;
};
static_assert(sizeof(InformationTag) == 8);

struct MemoryMapTag {
  base::le32 entry_size;
  base::le32 entry_version;
};
struct MemoryMapEntry {
  base::le64 address;
  base::le64 size;
  base::le32 type;
  base::le32 reserved;
};
static_assert(sizeof(MemoryMapEntry) == 24 && offsetof(MemoryMapEntry, type) == 16);

struct FramebufferInformation {
  base::le64 address;
  base::le32 pitch;
  base::le32 width;
  base::le32 height;
  std::uint8_t bits_per_pixel;
  std::uint8_t type;  ///< 2 is EGA text
  base::le16 reserved;
};
static_assert(sizeof(FramebufferInformation) == 24 && offsetof(FramebufferInformation, type) == 21);

struct ElfSectionsTag {
  base::le32 count;
  base::le32 entry_size;
  base::le32 names;
};
static_assert(sizeof(ElfSectionsTag) == 12);

/// ACPI 1.0's root pointer, which the boot ROM copies from the BIOS.
inline constexpr std::uint64_t kAcpiRootPointerSize = 20;

// Version 1.

inline constexpr std::uint32_t kMultiboot1Header = 0x1BADB002;
inline constexpr std::uint32_t kMultiboot1Magic = 0x2BADB002;  ///< in EAX
inline constexpr std::uint64_t kMultiboot1Search = 8192;
inline constexpr std::uint64_t kMultiboot1Alignment = 4;

struct Multiboot1Header {
  base::le32 magic;
  base::le32 flags;
  base::le32 checksum;
};
static_assert(sizeof(Multiboot1Header) == 12);

/// Follows where flag 16 is set.
struct Multiboot1Addresses {
  base::le32 header_address;
  base::le32 load_address;
  base::le32 load_end_address;
  base::le32 bss_end_address;
  base::le32 entry;
};
static_assert(sizeof(Multiboot1Addresses) == 20);

inline constexpr std::uint32_t kAlignModules = 1 << 0;
inline constexpr std::uint32_t kWantMemory = 1 << 1;
inline constexpr std::uint32_t kWantVideo = 1 << 2;
inline constexpr std::uint32_t kRequirements = 0xFFFF;
inline constexpr std::uint32_t kHaveAddresses = 1 << 16;

struct Multiboot1Information {
  base::le32 flags;
  base::le32 memory_lower;
  base::le32 memory_upper;
  base::le32 boot_device;
  base::le32 command_line;
  base::le32 module_count;
  base::le32 module_list;
  base::le32 section_count;
  base::le32 section_size;
  base::le32 section_table;
  base::le32 section_names;
  base::le32 memory_map_length;
  base::le32 memory_map;
  base::le32 drives_length;
  base::le32 drives;
  base::le32 config_table;
  base::le32 loader_name;
  base::le32 apm_table;
  base::le32 vbe_control_info;
  base::le32 vbe_mode_info;
  base::le16 vbe_mode;
  base::le16 vbe_interface_segment;
  base::le16 vbe_interface_offset;
  base::le16 vbe_interface_length;
  base::le64 framebuffer_address;
  base::le32 framebuffer_pitch;
  base::le32 framebuffer_width;
  base::le32 framebuffer_height;
  std::uint8_t framebuffer_bits_per_pixel;
  std::uint8_t framebuffer_type;
  std::uint8_t framebuffer_colours[6];
};
static_assert(sizeof(Multiboot1Information) == 116);
static_assert(offsetof(Multiboot1Information, command_line) == 16);
static_assert(offsetof(Multiboot1Information, module_count) == 20);
static_assert(offsetof(Multiboot1Information, section_count) == 28);
static_assert(offsetof(Multiboot1Information, memory_map_length) == 44);
static_assert(offsetof(Multiboot1Information, loader_name) == 64);
static_assert(offsetof(Multiboot1Information, framebuffer_address) == 88);
static_assert(offsetof(Multiboot1Information, framebuffer_type) == 109);

inline constexpr std::uint32_t kHaveMemory = 1 << 0;
inline constexpr std::uint32_t kHaveCommandLine = 1 << 2;
inline constexpr std::uint32_t kHaveModules = 1 << 3;
inline constexpr std::uint32_t kHaveSections = 1 << 5;
inline constexpr std::uint32_t kHaveMemoryMap = 1 << 6;
inline constexpr std::uint32_t kHaveLoaderName = 1 << 9;
inline constexpr std::uint32_t kHaveFramebuffer = 1 << 12;

struct Multiboot1Module {
  base::le32 begin;
  base::le32 end;
  base::le32 text;
  base::le32 reserved;
};
static_assert(sizeof(Multiboot1Module) == 16);

struct Multiboot1Memory {
  base::le32 size;  ///< of what follows
  base::le64 address;
  base::le64 length;
  base::le32 type;
};
static_assert(sizeof(Multiboot1Memory) == 24 && offsetof(Multiboot1Memory, address) == 4);

// A VGA in text mode, in both versions.
inline constexpr std::uint8_t kEgaText = 2;
inline constexpr std::uint32_t kTextColumns = 80;
inline constexpr std::uint32_t kTextRows = 25;
inline constexpr std::uint32_t kTextPitch = 160;
inline constexpr std::uint8_t kTextBits = 16;

/// What both versions call the loader.
inline constexpr char kLoaderName[] = "quiz";

}  // namespace quiz::boot
