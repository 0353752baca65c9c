// Huge pages for QEMU's own memory. On virtual hosts a page fault costs 20 µs and more, and half of
// those of a QEMU that goes on from a saved machine are its heap's (docs/performance.md).
#pragma once

#include <array>

namespace quiz::qemu {

/// For the environment. glibc (2.35 and later; others know no such names) asks for huge pages, and
/// makes its heap grow by one at least. Its threads share that heap, which so takes no more memory
/// than before, and middling pieces come from there, too. Source: the GNU C Library's manual,
/// "Memory Allocation Tunables".
inline constexpr char kHugePages[] =
    "GLIBC_TUNABLES=glibc.malloc.hugetlb=1:glibc.malloc.top_pad=2097152:glibc.malloc.arena_max=1:"
    "glibc.malloc.mmap_threshold=1048576";

/// What glibc reads to find out whether it may, and how large they are.
inline constexpr std::array<const char*, 2> kHugePageSettings = {
    "/sys/kernel/mm/transparent_hugepage/enabled",
    "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size"};

}  // namespace quiz::qemu
