// Where quiz puts what into a guest's memory, and the foreign layouts of Linux's boot protocol and
// of ELF exactly as they lie in a file or in memory (those of the other protocols are in
// layout_multiboot.h, layout_pvh.h and layout_mp_table.h). Passive data; the rules that connect the
// fields are in the .cc file of each format. Every offset is checked here.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/little_endian.h"

namespace quiz::boot {

using base::le16;
using base::le32;
using base::le64;

// Physical addresses. Everything that is not the kernel's own lies below 640 KiB, where no kernel
// that a boot loader could load is linked to, and where Linux, FreeBSD and Xen copy it away early.

/// The global descriptor table: up to six descriptors.
inline constexpr std::uint64_t kGdtAddress = 0x1000;
/// The task state segment that TR points to: 104 bytes, all zero.
inline constexpr std::uint64_t kTaskStateAddress = 0x1800;
/// What quiz's boot ROMs need to know (handoff.h): one page.
inline constexpr std::uint64_t kHandoffAddress = 0x2000;
inline constexpr std::uint64_t kHandoffSize = 0x1000;
/// The first stack: one page, growing down from here.
inline constexpr std::uint64_t kStackTop = 0x4000;
/// Linux's boot_params ("zero page"): one page.
inline constexpr std::uint64_t kBootParamsAddress = 0x7000;
/// Six pages: one PML4, one PDPT and four page directories map the first 4 GiB to themselves.
/// FreeBSD's are three: every slot leads to the one directory.
inline constexpr std::uint64_t kPageTablesAddress = 0x9000;
/// The command line with its NUL: at most 64 KiB.
inline constexpr std::uint64_t kCommandLineAddress = 0x20000;
inline constexpr std::uint64_t kCommandLineRoom = 0x10000;
/// What multiboot and PVH kernels are told: low, since FreeBSD takes the memory behind it as free.
/// A larger one (ELF sections) goes above the kernel.
inline constexpr std::uint64_t kBootInformationAddress = 0x30000;
inline constexpr std::uint64_t kBootInformationEnd = 0x90000;
/// On a board without firmware: the MP configuration table, and the floating pointer in the last
/// KiB of base memory, where kernels look for it (MP specification 1.4, 4). The 8 KiB from here on
/// are reserved.
inline constexpr std::uint64_t kMpTableAddress = 0x9E000;
inline constexpr std::uint64_t kMpPointerAddress = 0x9FC00;
/// The end of base memory, and what PC firmware leaves of it (below its extended BIOS data area).
inline constexpr std::uint64_t kBaseMemoryEnd = 0xA0000;
inline constexpr std::uint64_t kFirmwareBaseMemoryEnd = 0x9FC00;
/// Text memory of a VGA: 80 by 25 characters with attributes.
inline constexpr std::uint64_t kTextScreenAddress = 0xB8000;
/// The BIOS; on microvm the upper half of quiz's boot ROM.
inline constexpr std::uint64_t kBiosAddress = 0xF0000;
/// Extended memory begins here; kernels are linked to this or above.
inline constexpr std::uint64_t kHighMemory = 0x100000;
inline constexpr std::uint64_t kFourGiB = std::uint64_t{1} << 32;
/// Interrupt controllers, as every PC has them (MP specification 1.4, 3).
inline constexpr std::uint64_t kIoApicAddress = 0xFEC00000;
inline constexpr std::uint64_t kLocalApicAddress = 0xFEE00000;

inline constexpr std::uint64_t kPageSize = 0x1000;

/// Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header": begins at 0x1F1 of the file.
struct SetupHeader {
  std::uint8_t setup_sects;  ///< 512-byte sectors of real-mode code after the first one; 0 means 4
  le16 root_flags;
  le32 syssize;  ///< the protected-mode code in units of 16 bytes
  le16 ram_size;
  le16 vid_mode;
  le16 root_dev;
  le16 boot_flag;  ///< 0xAA55
  std::uint8_t jump_opcode;
  std::uint8_t jump_distance;  ///< the header ends at 0x202 plus this
  le32 header;                 ///< "HdrS"
  le16 version;                ///< of the boot protocol, 0x020F is 2.15
  le32 realmode_swtch;
  le16 start_sys_seg;
  le16 kernel_version;  ///< where the version string is, less 0x200; 0 for none
  std::uint8_t type_of_loader;
  std::uint8_t loadflags;  ///< bit 0 LOADED_HIGH
  le16 setup_move_size;
  le32 code32_start;
  le32 ramdisk_image;
  le32 ramdisk_size;
  le32 bootsect_kludge;
  le16 heap_end_ptr;
  std::uint8_t ext_loader_ver;
  std::uint8_t ext_loader_type;
  le32 cmd_line_ptr;
  le32 initrd_addr_max;  ///< the highest byte an initrd may occupy
  le32 kernel_alignment;
  std::uint8_t relocatable_kernel;
  std::uint8_t min_alignment;  ///< log2
  le16 xloadflags;             ///< bit 0 KERNEL_64
  le32 cmdline_size;           ///< without the NUL
  le32 hardware_subarch;
  le64 hardware_subarch_data;
  le32 payload_offset;  ///< from the start of the protected-mode code
  le32 payload_length;
  le64 setup_data;
  le64 pref_address;
  le32 init_size;  ///< memory needed from the runtime address on
  le32 handover_offset;
};

inline constexpr std::uint64_t kSetupHeaderOffset =
    0x1F1;  ///< of SetupHeader in the file and in the zero page
inline constexpr std::uint64_t kSetupHeaderJumpEnd = 0x202;  ///< the jump_distance counts from here
inline constexpr std::uint16_t kBootFlag = 0xAA55;
inline constexpr std::uint32_t kHeaderMagic = 0x53726448;  ///< "HdrS"
inline constexpr std::uint64_t kSectorSize = 512;

static_assert(sizeof(SetupHeader) == 0x268 - kSetupHeaderOffset && alignof(SetupHeader) == 1);
#define QUIZ_CHECK_OFFSET(field, offset) \
  static_assert(offsetof(SetupHeader, field) + kSetupHeaderOffset == (offset))
QUIZ_CHECK_OFFSET(setup_sects, 0x1F1);
QUIZ_CHECK_OFFSET(root_flags, 0x1F2);
QUIZ_CHECK_OFFSET(syssize, 0x1F4);
QUIZ_CHECK_OFFSET(ram_size, 0x1F8);
QUIZ_CHECK_OFFSET(vid_mode, 0x1FA);
QUIZ_CHECK_OFFSET(root_dev, 0x1FC);
QUIZ_CHECK_OFFSET(boot_flag, 0x1FE);
QUIZ_CHECK_OFFSET(jump_opcode, 0x200);
QUIZ_CHECK_OFFSET(jump_distance, 0x201);
QUIZ_CHECK_OFFSET(header, 0x202);
QUIZ_CHECK_OFFSET(version, 0x206);
QUIZ_CHECK_OFFSET(realmode_swtch, 0x208);
QUIZ_CHECK_OFFSET(start_sys_seg, 0x20C);
QUIZ_CHECK_OFFSET(kernel_version, 0x20E);
QUIZ_CHECK_OFFSET(type_of_loader, 0x210);
QUIZ_CHECK_OFFSET(loadflags, 0x211);
QUIZ_CHECK_OFFSET(setup_move_size, 0x212);
QUIZ_CHECK_OFFSET(code32_start, 0x214);
QUIZ_CHECK_OFFSET(ramdisk_image, 0x218);
QUIZ_CHECK_OFFSET(ramdisk_size, 0x21C);
QUIZ_CHECK_OFFSET(bootsect_kludge, 0x220);
QUIZ_CHECK_OFFSET(heap_end_ptr, 0x224);
QUIZ_CHECK_OFFSET(ext_loader_ver, 0x226);
QUIZ_CHECK_OFFSET(ext_loader_type, 0x227);
QUIZ_CHECK_OFFSET(cmd_line_ptr, 0x228);
QUIZ_CHECK_OFFSET(initrd_addr_max, 0x22C);
QUIZ_CHECK_OFFSET(kernel_alignment, 0x230);
QUIZ_CHECK_OFFSET(relocatable_kernel, 0x234);
QUIZ_CHECK_OFFSET(min_alignment, 0x235);
QUIZ_CHECK_OFFSET(xloadflags, 0x236);
QUIZ_CHECK_OFFSET(cmdline_size, 0x238);
QUIZ_CHECK_OFFSET(hardware_subarch, 0x23C);
QUIZ_CHECK_OFFSET(hardware_subarch_data, 0x240);
QUIZ_CHECK_OFFSET(payload_offset, 0x248);
QUIZ_CHECK_OFFSET(payload_length, 0x24C);
QUIZ_CHECK_OFFSET(setup_data, 0x250);
QUIZ_CHECK_OFFSET(pref_address, 0x258);
QUIZ_CHECK_OFFSET(init_size, 0x260);
QUIZ_CHECK_OFFSET(handover_offset, 0x264);
#undef QUIZ_CHECK_OFFSET

/// boot.rst, header of 144 bytes at most: what the zero page has room for.
inline constexpr std::uint64_t kSetupHeaderMaxEnd = 0x290;
/// The 64-bit entry point, from the start of the protected-mode code.
inline constexpr std::uint64_t kEntry64Offset = 0x200;
/// type_of_loader of a loader without a number of its own.
inline constexpr std::uint8_t kLoaderUndefined = 0xFF;
/// vid_mode "normal": leave the screen as it is.
inline constexpr std::uint16_t kVideoNormal = 0xFFFF;

struct E820Entry {
  le64 address;
  le64 size;
  le32 type;
};
static_assert(sizeof(E820Entry) == 20);
inline constexpr std::size_t kE820Entries = 128;

/// Documentation/arch/x86/zero-page.rst: only the fields that quiz fills; the rest is zero. A
/// sentinel other than 0 would make the kernel forget what lies outside its header.
struct BootParams {
  std::uint8_t screen_info[0x40];
  std::uint8_t unused_040[0x30];
  le64 acpi_rsdp_addr;
  std::uint8_t unused_078[0x48];
  le32 ext_ramdisk_image;
  le32 ext_ramdisk_size;
  le32 ext_cmd_line_ptr;
  std::uint8_t unused_0cc[0x11C];
  std::uint8_t e820_entries;
  std::uint8_t unused_1e9[6];
  std::uint8_t sentinel;
  std::uint8_t unused_1f0;
  SetupHeader header;
  std::uint8_t unused_268[0x68];
  E820Entry e820_table[kE820Entries];
  std::uint8_t unused_cd0[0x330];
};
static_assert(sizeof(BootParams) == kPageSize);
static_assert(offsetof(BootParams, acpi_rsdp_addr) == 0x070);
static_assert(offsetof(BootParams, ext_ramdisk_image) == 0x0C0);
static_assert(offsetof(BootParams, ext_ramdisk_size) == 0x0C4);
static_assert(offsetof(BootParams, ext_cmd_line_ptr) == 0x0C8);
static_assert(offsetof(BootParams, e820_entries) == 0x1E8);
static_assert(offsetof(BootParams, sentinel) == 0x1EF);
static_assert(offsetof(BootParams, header) == kSetupHeaderOffset);
static_assert(offsetof(BootParams, e820_table) == 0x2D0);

// ELF: the System V gABI, chapters 4 and 5 (https://gabi.xinuos.com), little-endian; without a
// number in its name 64-bit.

struct ElfHeader {
  std::uint8_t ident[16];
  le16 type;
  le16 machine;
  le32 version;
  le64 entry;
  le64 phoff;
  le64 shoff;
  le32 flags;
  le16 ehsize;
  le16 phentsize;
  le16 phnum;
  le16 shentsize;
  le16 shnum;
  le16 shstrndx;
};
static_assert(sizeof(ElfHeader) == 64 && offsetof(ElfHeader, machine) == 18);
static_assert(offsetof(ElfHeader, entry) == 24 && offsetof(ElfHeader, phoff) == 32);
static_assert(offsetof(ElfHeader, shoff) == 40 && offsetof(ElfHeader, phentsize) == 54);
static_assert(offsetof(ElfHeader, phnum) == 56 && offsetof(ElfHeader, shentsize) == 58);
static_assert(offsetof(ElfHeader, shnum) == 60 && offsetof(ElfHeader, shstrndx) == 62);

struct ProgramHeader {
  le32 type;
  le32 flags;
  le64 offset;
  le64 vaddr;
  le64 paddr;
  le64 filesz;
  le64 memsz;
  le64 align;
};
static_assert(sizeof(ProgramHeader) == 56 && offsetof(ProgramHeader, offset) == 8);
static_assert(offsetof(ProgramHeader, paddr) == 24 && offsetof(ProgramHeader, filesz) == 32);
static_assert(offsetof(ProgramHeader, memsz) == 40 && offsetof(ProgramHeader, align) == 48);

struct SectionHeader {
  le32 name;
  le32 type;
  le64 flags;
  le64 addr;
  le64 offset;
  le64 size;
  le32 link;
  le32 info;
  le64 addralign;
  le64 entsize;
};
static_assert(sizeof(SectionHeader) == 64 && offsetof(SectionHeader, offset) == 24);
static_assert(offsetof(SectionHeader, size) == 32);

struct ElfHeader32 {
  std::uint8_t ident[16];
  le16 type;
  le16 machine;
  le32 version;
  le32 entry;
  le32 phoff;
  le32 shoff;
  le32 flags;
  le16 ehsize;
  le16 phentsize;
  le16 phnum;
  le16 shentsize;
  le16 shnum;
  le16 shstrndx;
};
static_assert(sizeof(ElfHeader32) == 52 && offsetof(ElfHeader32, machine) == 18);
static_assert(offsetof(ElfHeader32, entry) == 24 && offsetof(ElfHeader32, phoff) == 28);
static_assert(offsetof(ElfHeader32, shoff) == 32 && offsetof(ElfHeader32, phentsize) == 42);
static_assert(offsetof(ElfHeader32, phnum) == 44 && offsetof(ElfHeader32, shentsize) == 46);
static_assert(offsetof(ElfHeader32, shnum) == 48 && offsetof(ElfHeader32, shstrndx) == 50);

struct ProgramHeader32 {
  le32 type;
  le32 offset;
  le32 vaddr;
  le32 paddr;
  le32 filesz;
  le32 memsz;
  le32 flags;
  le32 align;
};
static_assert(sizeof(ProgramHeader32) == 32 && offsetof(ProgramHeader32, offset) == 4);
static_assert(offsetof(ProgramHeader32, paddr) == 12 && offsetof(ProgramHeader32, filesz) == 16);
static_assert(offsetof(ProgramHeader32, memsz) == 20 && offsetof(ProgramHeader32, align) == 28);

struct SectionHeader32 {
  le32 name;
  le32 type;
  le32 flags;
  le32 addr;
  le32 offset;
  le32 size;
  le32 link;
  le32 info;
  le32 addralign;
  le32 entsize;
};
static_assert(sizeof(SectionHeader32) == 40 && offsetof(SectionHeader32, addr) == 12);
static_assert(offsetof(SectionHeader32, offset) == 16 && offsetof(SectionHeader32, size) == 20);

struct NoteHeader {
  le32 namesz;
  le32 descsz;
  le32 type;
};
static_assert(sizeof(NoteHeader) == 12);

inline constexpr std::uint8_t kElfClass32 = 1;
inline constexpr std::uint8_t kElfClass64 = 2;
inline constexpr std::uint8_t kElfLittleEndian = 1;
inline constexpr std::uint8_t kElfBigEndian = 2;
inline constexpr std::uint16_t kElfMachine386 = 3;
inline constexpr std::uint16_t kElfMachineX86_64 = 62;
inline constexpr std::uint16_t kElfTypeExecutable = 2;
inline constexpr std::uint16_t kElfTypeShared = 3;
inline constexpr std::uint32_t kSegmentLoad = 1;
inline constexpr std::uint32_t kSegmentNote = 4;
inline constexpr std::uint32_t kSectionNoBits = 8;
/// XEN_ELFNOTE_PHYS32_ENTRY, of the name "Xen": the entry point of a PVH boot
/// (xen/include/public/elfnote.h).
inline constexpr std::uint32_t kNotePvhEntry = 18;

}  // namespace quiz::boot
