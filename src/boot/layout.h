// Foreign layouts that kernels are made of, exactly as they lie in the file: the x86 setup header
// of a bzImage and the parts of ELF that a kernel or a module uses. Passive data; the rules that
// connect the fields are in bzimage.cc and elf.cc. Every offset is checked here.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/little_endian.h"

namespace quiz::boot {

using base::le16;
using base::le32;
using base::le64;

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

// ELF: the System V gABI, chapters 4 and 5 (https://gabi.xinuos.com), 64-bit little-endian.

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

struct NoteHeader {
  le32 namesz;
  le32 descsz;
  le32 type;
};
static_assert(sizeof(NoteHeader) == 12);

inline constexpr std::uint8_t kElfClass64 = 2;
inline constexpr std::uint8_t kElfLittleEndian = 1;
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
