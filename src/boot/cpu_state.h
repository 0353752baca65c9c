// The boot CPU's state in the two modes that kernels are entered in, and the tables in memory that
// it refers to: descriptors, a task state segment, page tables.
#pragma once

#include "boot/memory_layout.h"
#include "boot/plan.h"

namespace quiz::boot {

/// boot.rst, "64-bit boot protocol": long mode, paging on, the first 4 GiB mapped to themselves,
/// CS 0x10, data segments 0x18, interrupts off. Adds the tables to the layout.
CpuState long_mode(MemoryLayout& layout, std::uint64_t entry);

/// FreeBSD's stand/i386/libi386/elf64_freebsd.c: long mode, paging on, every GiB of the address
/// space mapped to the first GiB of memory, interrupts off. `entry` is virtual. Adds the tables to
/// the layout.
CpuState freebsd_mode(MemoryLayout& layout, std::uint64_t entry);

/// pvh.pandoc and Multiboot2 3.2: protected mode, paging off, flat segments, a 32-bit TSS of 104
/// bytes at 0, interrupts off. Adds the table to the layout.
CpuState protected_mode(MemoryLayout& layout, std::uint64_t entry);

}  // namespace quiz::boot
