// The MP configuration table of QEMU's microvm, which has neither ACPI nor a firmware that would
// write one: without it a kernel sees one CPU and no I/O APIC.
#pragma once

#include "boot/memory_layout.h"

namespace quiz::boot {

/// On a board without firmware, adds the table and the pointer to it.
void add_mp_table(MemoryLayout& layout, const Platform& platform);

}  // namespace quiz::boot
