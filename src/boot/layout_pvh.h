// The start info of a PVH boot: xen/include/public/arch-x86/hvm/start_info.h. Passive data.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/little_endian.h"

namespace quiz::boot {

inline constexpr std::uint32_t kStartInfoMagic = 0x336EC578;
inline constexpr std::uint32_t kStartInfoVersion = 1;  ///< with a memory map

struct StartInfo {
  base::le32 magic;
  base::le32 version;
  base::le32 flags;
  base::le32 module_count;
  base::le64 module_list;
  base::le64 command_line;
  base::le64 rsdp;
  base::le64 memory_map;
  base::le32 memory_map_entries;
  base::le32 reserved;
};
static_assert(sizeof(StartInfo) == 56 && offsetof(StartInfo, module_count) == 12);
static_assert(offsetof(StartInfo, module_list) == 16 && offsetof(StartInfo, command_line) == 24);
static_assert(offsetof(StartInfo, rsdp) == 32 && offsetof(StartInfo, memory_map) == 40);
static_assert(offsetof(StartInfo, memory_map_entries) == 48);

struct StartInfoModule {
  base::le64 address;
  base::le64 size;
  base::le64 command_line;
  base::le64 reserved;
};
static_assert(sizeof(StartInfoModule) == 32 && offsetof(StartInfoModule, command_line) == 16);

struct StartInfoMemory {
  base::le64 address;
  base::le64 size;
  base::le32 type;
  base::le32 reserved;
};
static_assert(sizeof(StartInfoMemory) == 24 && offsetof(StartInfoMemory, type) == 16);

}  // namespace quiz::boot
