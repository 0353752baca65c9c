// What FreeBSD's amd64 kernel finds in memory when it is entered by its own entry point, and not by
// another protocol's: numbers of records and of the layout. Passive data; freebsd_plan.cc fills it.
// Sources: FreeBSD's stand/i386/libi386/{bootinfo64.c,elf64_freebsd.c,amd64_tramp.S},
// sys/sys/linker.h, sys/x86/include/metadata.h, sys/sys/reboot.h, and what reads it:
// sys/amd64/amd64/{locore.S,machdep.c}, sys/kern/{subr_module.c,kern_environment.c}.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/little_endian.h"
#include "boot/layout.h"

namespace quiz::boot {

/// KERNBASE: the kernel is linked to this and above; the loader maps physical memory there.
inline constexpr std::uint64_t kFreebsdBase = 0xFFFFFFFF80000000;
/// As much of it as the loader's page tables map, again and again through the whole address space.
/// Everything that the kernel is given lies below.
inline constexpr std::uint64_t kFreebsdMapped = std::uint64_t{1} << 30;
/// KERNLOAD: where the kernel begins, behind a hole that its own tables count on.
inline constexpr std::uint64_t kFreebsdLoad = 0x200000;
/// Free memory that must follow what the kernel is given: it takes its first stacks and page tables
/// there before it looks at the memory map (hammer_time, pmap_bootstrap). Since FreeBSD 13 that
/// begins kFreebsdLoad further, since the end is counted from where the kernel lies.
inline constexpr std::uint64_t kFreebsdFirstMemory = 0x800000;
/// The words on the stack: where the ROMs' own stack ends.
inline constexpr std::uint64_t kFreebsdStackAddress = kStackTop;

/// As locore.S takes them from the stack. Physical addresses.
struct FreebsdStack {
  le32 return_address;  ///< not used: nobody returns
  le32 metadata;        ///< "modulep"
  le32 end;             ///< "kernend"
  le32 unused;
};
static_assert(sizeof(FreebsdStack) == 16 && offsetof(FreebsdStack, metadata) == 4);
static_assert(offsetof(FreebsdStack, end) == 8);

/// A record of the metadata; its content follows, padded to a multiple of 8 bytes.
struct FreebsdRecord {
  le32 type;
  le32 size;  ///< of the content, without the padding
};
static_assert(sizeof(FreebsdRecord) == 8 && offsetof(FreebsdRecord, size) == 4);
inline constexpr std::uint64_t kFreebsdRecordAlignment = 8;

/// MODINFO_*, and with 0x8000 MODINFO_METADATA | MODINFOMD_*. A name begins what is said of a file;
/// the kernel is the first one.
enum class FreebsdRecordType : std::uint32_t {
  end = 0,
  name = 1,
  type = 2,
  address = 3,
  size = 4,
  symbols_begin = 0x8003,
  symbols_end = 0x8004,
  environment = 0x8006,
  how_to_boot = 0x8007,
  kernel_end = 0x8008,
  memory_map = 0x9001,
  metadata = 0x9006,
};

/// RB_*: the bits of how_to_boot that options of the command line stand for.
enum class FreebsdHow : std::uint32_t {
  ask_for_root = 0x1,
  single_user = 0x2,
  default_root = 0x20,
  debugger = 0x40,
  verbose = 0x800,
  serial_console = 0x1000,
  cd_root = 0x2000,
  remote_debugger = 0x8000,
  mute = 0x10000,
  pause = 0x100000,
  many_consoles = 0x20000000,
};

/// KENV_SIZE, and KENV_MNAMELEN + 1 + KENV_MVALLEN: what goes beyond, the kernel drops.
inline constexpr std::size_t kFreebsdVariables = 512;
inline constexpr std::size_t kFreebsdVariableSize = 257;

/// ELFOSABI_FREEBSD, and the note NT_FREEBSD_ABI_TAG of the name "FreeBSD".
inline constexpr std::uint8_t kElfAbiFreebsd = 9;
inline constexpr std::uint32_t kNoteFreebsdAbi = 1;
/// SHT_SYMTAB.
inline constexpr std::uint32_t kSectionSymbols = 2;

}  // namespace quiz::boot
