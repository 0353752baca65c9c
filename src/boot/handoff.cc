#include "boot/handoff.h"

#include <numeric>

#include "boot/handoff_layout.h"
#include "boot/information.h"
#include "boot/layout.h"
#include "boot/refusal.h"

// From rom/images.S.
extern "C" const char quiz_boot_rom_begin[];
extern "C" const char quiz_boot_rom_end[];
extern "C" const char quiz_option_rom_begin[];
extern "C" const char quiz_option_rom_end[];

namespace quiz::boot {

namespace {

struct Handoff {
  le32 magic;
  le32 long_mode;
  le32 cr0;
  le32 cr4;
  le64 cr3;
  le64 efer;
  le64 entry;
  le64 rflags;
  le16 code;
  le16 data;
  le16 task;
  std::uint8_t unused_36[8];
  le16 gdt_limit;
  le64 gdt_address;
  std::uint8_t unused_48[6];
  le16 idt_limit;
  le64 idt_address;
  le64 rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp;
  le32 rsdp_address_slot;
  le32 rsdp_copy_slot;
  le32 record_count;
  std::uint8_t unused_a4[12];
};
static_assert(kHandoffAddress == QUIZ_HANDOFF_ADDRESS && kHandoffSize == QUIZ_HANDOFF_SIZE);
static_assert(kStackTop == QUIZ_STACK_TOP);
static_assert(sizeof(Handoff) == QUIZ_OFFSET_RECORDS);
static_assert(offsetof(Handoff, magic) == QUIZ_OFFSET_MAGIC);
static_assert(offsetof(Handoff, long_mode) == QUIZ_OFFSET_LONG_MODE);
static_assert(offsetof(Handoff, cr0) == QUIZ_OFFSET_CR0);
static_assert(offsetof(Handoff, cr4) == QUIZ_OFFSET_CR4);
static_assert(offsetof(Handoff, cr3) == QUIZ_OFFSET_CR3);
static_assert(offsetof(Handoff, efer) == QUIZ_OFFSET_EFER);
static_assert(offsetof(Handoff, entry) == QUIZ_OFFSET_ENTRY);
static_assert(offsetof(Handoff, rflags) == QUIZ_OFFSET_RFLAGS);
static_assert(offsetof(Handoff, code) == QUIZ_OFFSET_CODE);
static_assert(offsetof(Handoff, data) == QUIZ_OFFSET_DATA);
static_assert(offsetof(Handoff, task) == QUIZ_OFFSET_TASK);
static_assert(offsetof(Handoff, gdt_limit) == QUIZ_OFFSET_GDTR);
static_assert(offsetof(Handoff, gdt_address) == QUIZ_OFFSET_GDTR + 2);
static_assert(offsetof(Handoff, idt_limit) == QUIZ_OFFSET_IDTR);
static_assert(offsetof(Handoff, idt_address) == QUIZ_OFFSET_IDTR + 2);
static_assert(offsetof(Handoff, rax) == QUIZ_OFFSET_RAX);
static_assert(offsetof(Handoff, rbx) == QUIZ_OFFSET_RBX);
static_assert(offsetof(Handoff, rcx) == QUIZ_OFFSET_RCX);
static_assert(offsetof(Handoff, rdx) == QUIZ_OFFSET_RDX);
static_assert(offsetof(Handoff, rsi) == QUIZ_OFFSET_RSI);
static_assert(offsetof(Handoff, rdi) == QUIZ_OFFSET_RDI);
static_assert(offsetof(Handoff, rbp) == QUIZ_OFFSET_RBP);
static_assert(offsetof(Handoff, rsp) == QUIZ_OFFSET_RSP);
static_assert(offsetof(Handoff, rsdp_address_slot) == QUIZ_OFFSET_RSDP_ADDRESS_SLOT);
static_assert(offsetof(Handoff, rsdp_copy_slot) == QUIZ_OFFSET_RSDP_COPY_SLOT);
static_assert(offsetof(Handoff, record_count) == QUIZ_OFFSET_RECORD_COUNT);

struct Record {
  le32 address;
  le32 bytes;
  le32 zeros;
  le32 unused;
};
static_assert(sizeof(Record) == QUIZ_RECORD_SIZE);
static_assert(offsetof(Record, address) == QUIZ_RECORD_ADDRESS);
static_assert(offsetof(Record, bytes) == QUIZ_RECORD_BYTES);
static_assert(offsetof(Record, zeros) == QUIZ_RECORD_ZEROS);
constexpr std::size_t kMostRecords = (QUIZ_HANDOFF_SIZE - QUIZ_OFFSET_RECORDS) / sizeof(Record);

std::uint32_t narrow(std::uint64_t value) {
  if (value > UINT32_MAX)
    refuse("", "0x{:x} is above 4 GiB, where the boot ROM cannot reach", value);
  return static_cast<std::uint32_t>(value);
}

Handoff cpu_part(const CpuState& cpu) {
  Handoff page{};
  page.magic = std::uint32_t{QUIZ_HANDOFF_MAGIC};
  page.long_mode = cpu.mode == CpuMode::long64 ? 1U : 0U;
  page.cr0 = narrow(cpu.cr0);
  page.cr4 = narrow(cpu.cr4);
  page.cr3 = cpu.cr3;
  page.efer = cpu.efer;
  page.entry = cpu.entry;
  page.rflags = cpu.rflags;
  page.code = cpu.code_selector;
  page.data = cpu.data_selector;
  page.task = cpu.task_selector;
  page.gdt_limit = cpu.gdt_limit;
  page.gdt_address = cpu.gdt_address;
  page.idt_limit = cpu.idt_limit;
  page.idt_address = cpu.idt_address;
  page.rax = cpu.rax;
  page.rbx = cpu.rbx;
  page.rcx = cpu.rcx;
  page.rdx = cpu.rdx;
  page.rsi = cpu.rsi;
  page.rdi = cpu.rdi;
  page.rbp = cpu.rbp;
  page.rsp = cpu.rsp;
  return page;
}

}  // namespace

std::string encode_handoff(const BootPlan& plan) {
  Handoff page = cpu_part(plan.cpu);
  page.rsdp_address_slot = narrow(plan.rsdp_address_slot.value_or(0));
  page.rsdp_copy_slot = narrow(plan.rsdp_copy_slot.value_or(0));
  std::string records;
  std::uint32_t count = 0;
  for (const Segment& segment : plan.segments) {
    narrow(segment.end() - 1);
    if (segment.bytes().empty() && segment.zeros == 0) continue;
    Record record{};
    record.address = narrow(segment.address);
    record.bytes = narrow(segment.bytes().size());
    record.zeros = narrow(segment.zeros);
    records += bytes_of(record);
    ++count;
  }
  if (count > kMostRecords) {
    refuse("", "its {} segments are more than the boot ROM's {}", count, kMostRecords);
  }
  page.record_count = count;
  std::string bytes = bytes_of(page) + records;
  bytes.resize(QUIZ_HANDOFF_SIZE, '\0');
  return bytes;
}

std::string_view boot_rom() {
  return {quiz_boot_rom_begin, static_cast<std::size_t>(quiz_boot_rom_end - quiz_boot_rom_begin)};
}

std::string option_rom() {
  std::string rom(quiz_option_rom_begin, quiz_option_rom_end);
  // SeaBIOS runs no ROM whose bytes do not sum up to 0; the last one is free for that.
  const auto sum = std::accumulate(rom.begin(), rom.end() - 1, 0U, [](unsigned total, char byte) {
    return total + static_cast<unsigned char>(byte);
  });
  rom.back() = static_cast<char>(0U - sum);
  return rom;
}

}  // namespace quiz::boot
