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

std::string page_tables() {
  std::string bytes((2 + kDirectories) * kPageSize, '\0');
  const auto set = [&](std::uint64_t page, std::uint64_t index, std::uint64_t value) {
    const le64 field = value;
    bytes.replace(static_cast<std::size_t>(page * kPageSize + index * sizeof field), sizeof field,
                  reinterpret_cast<const char*>(&field), sizeof field);
  };
  const auto address_of = [](std::uint64_t page) { return kPageTablesAddress + page * kPageSize; };
  set(0, 0, address_of(1) | kPresentWritable);
  for (std::uint64_t directory = 0; directory < kDirectories; ++directory) {
    set(1, directory, address_of(2 + directory) | kPresentWritable);
    for (std::uint64_t i = 0; i < kEntries; ++i) {
      set(2 + directory, i, ((directory * kEntries + i) << 21) | kLargePage);
    }
  }
  return bytes;
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

}  // namespace

CpuState long_mode(MemoryLayout& layout, std::uint64_t entry) {
  CpuState cpu = state(layout, entry,
                       table({0, 0, kCode64, kData, kTaskState | (kTaskStateAddress << 16), 0}));
  cpu.mode = CpuMode::long64;
  cpu.cr0 = kCr0Protected | kCr0ExtensionType | kCr0Paging;
  cpu.cr3 = kPageTablesAddress;
  cpu.cr4 = kCr4PhysicalAddressExtension;
  cpu.efer = kEferLongMode | kEferLongModeActive;
  cpu.rbp = kStackTop;
  Segment task;
  task.name = "task state segment";
  task.address = kTaskStateAddress;
  task.zeros = 104;
  layout.add(std::move(task));
  static const std::string tables = page_tables();  // always the same
  layout.add(owned("page tables (4 GiB, 2 MiB pages)", kPageTablesAddress, tables));
  return cpu;
}

CpuState protected_mode(MemoryLayout& layout, std::uint64_t entry) {
  CpuState cpu = state(layout, entry, table({0, 0, kCode32, kData, kTaskState}));
  cpu.cr0 = kCr0Protected | kCr0ExtensionType;
  return cpu;
}

}  // namespace quiz::boot
