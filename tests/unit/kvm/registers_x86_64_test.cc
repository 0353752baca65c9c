#include <gtest/gtest.h>

#include "boot/plan.h"
#include "kvm/registers.h"

namespace quiz::kvm {
namespace {

boot::CpuState long_mode() {
  boot::CpuState cpu;
  cpu.mode = boot::CpuMode::long64;
  cpu.entry = 0x1000200;
  cpu.rsi = 0x7000;
  cpu.rsp = 0x4000;
  cpu.rflags = 2;
  cpu.code_selector = 0x10;
  cpu.data_selector = 0x18;
  cpu.task_selector = 0x20;
  cpu.task_address = 0x1800;
  cpu.cr0 = 0x80000011;
  cpu.cr3 = 0x9000;
  cpu.cr4 = 0x20;
  cpu.efer = 0x500;
  cpu.gdt_address = 0x1000;
  cpu.gdt_limit = 47;
  return cpu;
}

TEST(Registers, AreThoseOfThePlan) {
  const kvm_regs registers = registers_of(long_mode());
  EXPECT_EQ(registers.rip, 0x1000200u);
  EXPECT_EQ(registers.rsi, 0x7000u);
  EXPECT_EQ(registers.rsp, 0x4000u);
  EXPECT_EQ(registers.rflags, 2u);
  EXPECT_EQ(registers.r15, 0u);
  const kvm_sregs system = system_registers_of(long_mode());
  EXPECT_EQ(system.cr0, 0x80000011u);
  EXPECT_EQ(system.cr3, 0x9000u);
  EXPECT_EQ(system.cr4, 0x20u);
  EXPECT_EQ(system.efer, 0x500u);
  EXPECT_EQ(system.gdt.base, 0x1000u);
  EXPECT_EQ(system.gdt.limit, 47u);
  EXPECT_EQ(system.idt.limit, 0u);
}

TEST(Registers, CodeIsOfTheModesWidth) {
  boot::CpuState cpu = long_mode();
  EXPECT_EQ(system_registers_of(cpu).cs.l, 1);
  EXPECT_EQ(system_registers_of(cpu).cs.db, 0);
  cpu.mode = boot::CpuMode::protected32;
  EXPECT_EQ(system_registers_of(cpu).cs.l, 0);
  EXPECT_EQ(system_registers_of(cpu).cs.db, 1);
}

TEST(Registers, SegmentsAreFlatAndPresent) {
  const kvm_sregs system = system_registers_of(long_mode());
  for (const kvm_segment& segment : {system.cs, system.ds, system.es, system.fs, system.ss}) {
    EXPECT_EQ(segment.base, 0u);
    EXPECT_EQ(segment.limit, 0xFFFFFFFFu);
    EXPECT_EQ(segment.present, 1);
    EXPECT_EQ(segment.s, 1);
  }
  EXPECT_EQ(system.cs.selector, 0x10);
  EXPECT_EQ(system.ss.selector, 0x18);
  EXPECT_EQ(system.tr.base, 0x1800u);
  EXPECT_EQ(system.tr.limit, 103u);
  EXPECT_EQ(system.tr.type, 0xB);  // busy: without it the CPU refuses to begin
  EXPECT_EQ(system.ldt.unusable, 1);
}

}  // namespace
}  // namespace quiz::kvm
