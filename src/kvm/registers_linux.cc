#include "kvm/registers.h"

namespace quiz::kvm {

namespace {

// Types of segments (Intel SDM 3A, 3.4.5.1 and 3.5).
constexpr std::uint8_t kCode = 0xB;       // executable, readable, accessed
constexpr std::uint8_t kData = 0x3;       // writable, accessed
constexpr std::uint8_t kTaskState = 0xB;  // busy, as it is once TR holds it
constexpr std::uint32_t kTaskStateLimit = 103;
constexpr std::uint32_t kAll = 0xFFFFFFFF;

kvm_segment flat(std::uint16_t selector, std::uint8_t type) {
  kvm_segment segment{};
  segment.selector = selector;
  segment.limit = kAll;
  segment.type = type;
  segment.present = 1;
  segment.s = 1;
  segment.g = 1;
  segment.db = 1;
  return segment;
}

kvm_dtable table(std::uint64_t base, std::uint16_t limit) {
  kvm_dtable result{};
  result.base = base;
  result.limit = limit;
  return result;
}

}  // namespace

kvm_regs registers_of(const boot::CpuState& cpu) {
  kvm_regs registers{};
  registers.rax = cpu.rax;
  registers.rbx = cpu.rbx;
  registers.rcx = cpu.rcx;
  registers.rdx = cpu.rdx;
  registers.rsi = cpu.rsi;
  registers.rdi = cpu.rdi;
  registers.rbp = cpu.rbp;
  registers.rsp = cpu.rsp;
  registers.rip = cpu.entry;
  registers.rflags = cpu.rflags;
  return registers;
}

kvm_sregs system_registers_of(const boot::CpuState& cpu) {
  kvm_sregs system{};
  system.cs = flat(cpu.code_selector, kCode);
  if (cpu.mode == boot::CpuMode::long64) {
    system.cs.l = 1;
    system.cs.db = 0;
  }
  system.ds = system.es = system.fs = system.gs = system.ss = flat(cpu.data_selector, kData);
  // In both modes it is the table that the plan has put into memory.
  system.tr.selector = cpu.task_selector;
  system.tr.base = cpu.task_address;
  system.tr.limit = kTaskStateLimit;
  system.tr.type = kTaskState;
  system.tr.present = 1;
  system.ldt.unusable = 1;
  system.gdt = table(cpu.gdt_address, cpu.gdt_limit);
  system.idt = table(cpu.idt_address, cpu.idt_limit);
  system.cr0 = cpu.cr0;
  system.cr3 = cpu.cr3;
  system.cr4 = cpu.cr4;
  system.efer = cpu.efer;
  return system;
}

}  // namespace quiz::kvm
