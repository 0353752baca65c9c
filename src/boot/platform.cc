#include "boot/platform.h"

#include <algorithm>

#include "boot/layout.h"
#include "boot/refusal.h"

namespace quiz::boot {

namespace {

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kGiB = 1 << 30;
constexpr std::uint64_t kLeastMemory = 2 * kMiB;
constexpr std::uint64_t kMostMemory = 1024 * kGiB;  // beyond lie AMD's HyperTransport addresses
/// What SeaBIOS may take at the top of the memory below 4 GiB for ACPI's tables is at most 256 KiB
/// (its BUILD_MAX_HIGHTABLE); rounded up.
constexpr std::uint64_t kFirmwareTables = kMiB;

/// Where the memory below 4 GiB ends, which leaves room for devices.
std::uint64_t low_memory_end(Board board, std::uint64_t memory) {
  switch (board) {
    case Board::microvm:
      return std::min(memory, 3 * kGiB);
    case Board::q35:
      return memory >= 0xB0000000 ? 2 * kGiB : memory;
    case Board::pc:
      return memory >= 0xE0000000 ? 3 * kGiB : memory;
  }
  return memory;
}

void add(Platform& platform, std::uint64_t begin, std::uint64_t end, MemoryType type) {
  if (begin < end) platform.memory_map.push_back({begin, end - begin, type});
}

}  // namespace

Platform make_platform(Board board, std::uint64_t memory, unsigned cpus) {
  if (memory < kLeastMemory || memory > kMostMemory || memory % kPageSize != 0) {
    refuse("", "{} bytes of memory are not between 2 MiB and 1 TiB in whole pages", memory);
  }
  if (cpus < 1 || cpus > 255) refuse("", "{} CPUs are not between 1 and 255", cpus);
  Platform platform;
  platform.board = board;
  platform.memory = memory;
  platform.cpus = cpus;
  const bool firmware = board != Board::microvm;
  const std::uint64_t low_end = platform.low_memory = low_memory_end(board, memory);
  const std::uint64_t base_end = firmware ? kFirmwareBaseMemoryEnd : kMpTableAddress;
  const std::uint64_t usable_end = firmware ? low_end - kFirmwareTables : low_end;
  add(platform, 0, base_end, MemoryType::ram);
  add(platform, base_end, kBaseMemoryEnd, MemoryType::reserved);
  add(platform, kBiosAddress, kHighMemory, MemoryType::reserved);
  add(platform, kHighMemory, usable_end, MemoryType::ram);
  add(platform, usable_end, low_end, MemoryType::reserved);
  if (board == Board::q35) {
    add(platform, 0xB0000000, 0xC0000000, MemoryType::reserved);  // PCI Express configuration
    add(platform, 0xFED1C000, 0xFED20000, MemoryType::reserved);  // the chipset's registers
  }
  if (firmware) {
    add(platform, 0xFEFFC000, 0xFF000000, MemoryType::reserved);  // for KVM's own use
    add(platform, 0xFFFC0000, kFourGiB, MemoryType::reserved);    // the BIOS
  }
  add(platform, kFourGiB, kFourGiB + (memory - low_end), MemoryType::ram);
  return platform;
}

}  // namespace quiz::boot
