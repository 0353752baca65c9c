#include "boot/cpu_state.h"

#include <array>
#include <initializer_list>

#include "boot/layout.h"

namespace quiz::boot {

namespace {

// Descriptors (Intel SDM 3A, 3.4.5): 4 GiB, present, and marked as accessed, so that no CPU has to
// write into the table.
constexpr std::uint64_t kCode64 = 0x00AF9B000000FFFF;
constexpr std::uint64_t kCode32 = 0x00CF9B000000FFFF;
constexpr std::uint64_t kData = 0x00CF93000000FFFF;
/// A task state segment that is available (the CPU marks it busy) and 104 bytes long.
constexpr std::uint64_t kTaskState = 0x0000890000000067;

constexpr std::uint16_t kCodeSelector = 0x10;  // __BOOT_CS
constexpr std::uint16_t kDataSelector = 0x18;  // __BOOT_DS
constexpr std::uint16_t kTaskSelector = 0x20;

constexpr std::uint64_t kCr0Protected = 1 << 0;
constexpr std::uint64_t kCr0Paging = std::uint64_t{1} << 31;
constexpr std::uint64_t kCr0ExtensionType = 1 << 4;  // always 1 on a CPU with a floating-point unit
constexpr std::uint64_t kCr4PhysicalAddressExtension = 1 << 5;
constexpr std::uint64_t kEferLongMode = 1 << 8;
constexpr std::uint64_t kEferLongModeActive = 1 << 10;
constexpr std::uint64_t kFlagsNone = 1 << 1;  // bit 1 is always 1

constexpr std::uint64_t kPresentWritable = 0x3;
constexpr std::uint64_t kLargePage = 0x83;
constexpr std::size_t kEntries = 512;
constexpr unsigned kDirectories = 4;  // of 1 GiB each

std::string table(std::initializer_list<std::uint64_t> values) {
  std::string bytes;
  for (const std::uint64_t value : values) {
    const le64 field = value;
    bytes.append(reinterpret_cast<const char*>(&field), sizeof field);
  }
  return bytes;
}

Segment owned(std::string name, std::uint64_t address, std::string bytes) {
  Segment segment;
  segment.name = std::move(name);
  segment.address = address;
  segment.owned = std::move(bytes);
  return segment;
}

/// Pages of entries from kPageTablesAddress on; the first one is the PML4.
class PageTables {
 public:
  explicit PageTables(std::size_t pages) : bytes_(pages * kPageSize, '\0') {}

  void point(std::uint64_t page, std::uint64_t index, std::uint64_t to_page) {
    set(page, index, (kPageTablesAddress + to_page * kPageSize) | kPresentWritable);
  }
  /// 2 MiB pages that map this GiB of memory.
  void map(std::uint64_t page, std::uint64_t gib) {
    for (std::uint64_t i = 0; i < kEntries; ++i) {
      set(page, i, ((gib * kEntries + i) << 21) | kLargePage);
    }
  }
  std::string take() { return std::move(bytes_); }

 private:
  void set(std::uint64_t page, std::uint64_t index, std::uint64_t value) {
    const le64 field = value;
    bytes_.replace(static_cast<std::size_t>(page * kPageSize + index * sizeof field), sizeof field,
                   reinterpret_cast<const char*>(&field), sizeof field);
  }

  std::string bytes_;
};

std::string identity_tables() {
  PageTables tables(2 + kDirectories);
  tables.point(0, 0, 1);
  for (std::uint64_t directory = 0; directory < kDirectories; ++directory) {
    tables.point(1, directory, 2 + directory);
    tables.map(2 + directory, directory);
  }
  return tables.take();
}

std::string repeating_tables() {
  PageTables tables(3);
  for (std::uint64_t i = 0; i < kEntries; ++i) {
    tables.point(0, i, 1);
    tables.point(1, i, 2);
  }
  tables.map(2, 0);
  return tables.take();
}

/// What both modes share, given the descriptor table's content.
CpuState state(MemoryLayout& layout, std::uint64_t entry, std::string descriptors) {
  CpuState cpu;
  cpu.entry = entry;
  cpu.rflags = kFlagsNone;
  cpu.gdt_address = kGdtAddress;
  cpu.gdt_limit = static_cast<std::uint16_t>(descriptors.size() - 1);
  cpu.code_selector = kCodeSelector;
  cpu.data_selector = kDataSelector;
  cpu.task_selector = kTaskSelector;
  cpu.rsp = kStackTop;
  layout.add(owned("descriptor table", kGdtAddress, std::move(descriptors)));
  Segment handoff;
  handoff.name = "hand-off to the boot ROM, stack";
  handoff.address = kHandoffAddress;
  handoff.room = kStackTop - kHandoffAddress;
  layout.add(std::move(handoff));
  return cpu;
}

CpuState long_mode_with(MemoryLayout& layout, std::uint64_t entry, Segment tables) {
  CpuState cpu = state(layout, entry,
                       table({0, 0, kCode64, kData, kTaskState | (kTaskStateAddress << 16), 0}));
  cpu.mode = CpuMode::long64;
  cpu.cr0 = kCr0Protected | kCr0ExtensionType | kCr0Paging;
  cpu.cr3 = kPageTablesAddress;
  cpu.cr4 = kCr4PhysicalAddressExtension;
  cpu.efer = kEferLongMode | kEferLongModeActive;
  cpu.rbp = kStackTop;
  cpu.task_address = kTaskStateAddress;
  Segment task;
  task.name = "task state segment";
  task.address = kTaskStateAddress;
  task.zeros = 104;
  layout.add(std::move(task));
  layout.add(std::move(tables));
  return cpu;
}

}  // namespace

CpuState long_mode(MemoryLayout& layout, std::uint64_t entry) {
  static const std::string tables = identity_tables();  // always the same
  return long_mode_with(layout, entry,
                        owned("page tables (4 GiB, 2 MiB pages)", kPageTablesAddress, tables));
}

CpuState freebsd_mode(MemoryLayout& layout, std::uint64_t entry) {
  static const std::string tables = repeating_tables();
  return long_mode_with(layout, entry,
                        owned("page tables (1 GiB everywhere)", kPageTablesAddress, tables));
}

CpuState protected_mode(MemoryLayout& layout, std::uint64_t entry) {
  CpuState cpu = state(layout, entry, table({0, 0, kCode32, kData, kTaskState}));
  cpu.cr0 = kCr0Protected | kCr0ExtensionType;
  return cpu;
}

}  // namespace quiz::boot
