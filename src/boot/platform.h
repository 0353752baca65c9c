// The boards that a kernel can be put on, as far as a boot loader must know them: where there is
// memory, and what the firmware leaves. Pure. Source of the maps: QEMU's hw/i386/{microvm,pc_q35,
// pc_piix}.c, and SeaBIOS for what it reserves.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace quiz::boot {

enum class Board {
  microvm,  ///< no firmware but quiz's boot ROM; an MP table instead of ACPI
  q35,      ///< a PC with PCI Express, ACPI and a VGA, set up by SeaBIOS
  pc,       ///< an older PC with PCI and ISA, likewise
};

inline constexpr std::array kBoards = {Board::microvm, Board::q35, Board::pc};

constexpr std::string_view name_of(Board board) {
  return board == Board::microvm ? "microvm" : board == Board::q35 ? "q35" : "pc";
}

/// The numbers that Linux's e820, multiboot and PVH share.
enum class MemoryType : std::uint32_t { ram = 1, reserved = 2 };

struct MemoryRange {
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  MemoryType type = MemoryType::ram;

  std::uint64_t end() const { return address + size; }
};

struct Platform {
  Board board = Board::microvm;
  std::uint64_t memory = 0;      ///< bytes
  std::uint64_t low_memory = 0;  ///< of it below 4 GiB; the rest is from there on
  unsigned cpus = 1;
  std::vector<MemoryRange> memory_map;  ///< by address, without overlap

  /// The firmware leaves ACPI's tables, and the boot ROM can find them.
  bool has_acpi() const { return board != Board::microvm; }
  /// There is a VGA in text mode.
  bool has_text_screen() const { return board != Board::microvm; }
};

/// Throws base::Error when `memory` or `cpus` are not what the board can have.
Platform make_platform(Board board, std::uint64_t memory, unsigned cpus);

}  // namespace quiz::boot
