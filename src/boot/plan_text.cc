#include "boot/plan_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace quiz::boot {

namespace {

const char* title(Protocol protocol) {
  switch (protocol) {
    case Protocol::linux64:
      return "Linux, by its 64-bit boot protocol";
    case Protocol::freebsd:
      return "FreeBSD, by its native amd64 entry";
    case Protocol::pvh:
      return "PVH";
    case Protocol::multiboot2:
      return "Multiboot2, by its i386 entry";
    case Protocol::multiboot1:
      return "Multiboot, version 1";
  }
  return "";
}

std::string section(const char* name) { return fmt::format("\n{}\n", name); }

std::string facts(const std::vector<Fact>& list) {
  std::string text;
  for (const Fact& fact : list) text += fmt::format("  {:<22}{}\n", fact.name, fact.value);
  return text;
}

std::string range(std::uint64_t begin, std::uint64_t size) {
  return fmt::format("0x{:08x}-0x{:08x}", begin, begin + std::max<std::uint64_t>(size, 1) - 1);
}

std::string memory_map(const BootPlan& plan) {
  std::string text = section("Memory that the kernel is told of");
  for (const MemoryRange& part : plan.platform.memory_map) {
    text += fmt::format("  {:<24}{:<10}{}\n", range(part.address, part.size),
                        part.type == MemoryType::ram ? "RAM" : "reserved", size_text(part.size));
  }
  return text;
}

std::string segments(const BootPlan& plan) {
  std::string text = section("What lies where");
  for (const Segment& segment : plan.segments) {
    std::string parts;
    const auto add = [&](std::uint64_t size, const char* what) {
      if (size != 0)
        parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", size_text(size), what);
    };
    add(segment.bytes().size(), "of data");
    add(segment.zeros, "of zeros");
    add(segment.room, "of room");
    text += fmt::format("  {:<24}{:<38}{}\n", range(segment.address, segment.size()), segment.name,
                        parts);
  }
  return text;
}

std::string cpu_state(const CpuState& cpu) {
  std::string text = section("The boot CPU");
  const auto line = [&](const char* name, const std::string& value) {
    text += fmt::format("  {:<22}{}\n", name, value);
  };
  const bool long_mode = cpu.mode == CpuMode::long64;
  line("mode", long_mode ? "long mode, 64-bit code, paging on, interrupts off"
                         : "protected mode, 32-bit code, paging off, interrupts off");
  line(long_mode ? "RIP" : "EIP", address_text(cpu.entry));
  line("CR0, CR3, CR4, EFER",
       fmt::format("0x{:x}, 0x{:x}, 0x{:x}, 0x{:x}", cpu.cr0, cpu.cr3, cpu.cr4, cpu.efer));
  line("flags", address_text(cpu.rflags));
  line("GDT, IDT", fmt::format("0x{:x} limit 0x{:x}, 0x{:x} limit 0x{:x}", cpu.gdt_address,
                               cpu.gdt_limit, cpu.idt_address, cpu.idt_limit));
  line("CS, DS-SS, TR, LDTR", fmt::format("0x{:02x}, 0x{:02x}, 0x{:02x}, 0", cpu.code_selector,
                                          cpu.data_selector, cpu.task_selector));
  const char prefix = long_mode ? 'R' : 'E';
  line("general registers",
       fmt::format("{0}AX 0x{1:x}, {0}BX 0x{2:x}, {0}CX 0x{3:x}, {0}DX 0x{4:x}", prefix, cpu.rax,
                   cpu.rbx, cpu.rcx, cpu.rdx));
  line("", fmt::format("{0}SI 0x{1:x}, {0}DI 0x{2:x}, {0}BP 0x{3:x}, {0}SP 0x{4:x}", prefix,
                       cpu.rsi, cpu.rdi, cpu.rbp, cpu.rsp));
  return text;
}

}  // namespace

std::string to_text(const BootPlan& plan) {
  std::string text = fmt::format("{}, on {} with {} and {} CPU{}\n", title(plan.protocol),
                                 name_of(plan.platform.board), size_text(plan.platform.memory),
                                 plan.platform.cpus, plan.platform.cpus == 1 ? "" : "s");
  text += section("The image") + facts(plan.recognised);
  text += section("What the kernel is told") +
          fmt::format("  {:<22}'{}'\n", "command line", plan.command_line) +
          facts(plan.information);
  text += memory_map(plan) + segments(plan) + cpu_state(plan.cpu);
  return text;
}

}  // namespace quiz::boot
