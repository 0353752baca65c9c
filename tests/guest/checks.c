#include "guest.h"

static int failures;

static void out8(u16 port, u8 value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
static void out32(u16 port, u32 value) {
  __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

void print(const char *text) {
  for (; *text; ++text) out8(0x3f8, (u8)*text);
}

void check(int kept, const char *promise) {
  if (kept) return;
  ++failures;
  print("FAILURE: ");
  print(promise);
  print("\n");
}

void finish(void) {
  if (failures == 0) print("SUCCESS\n");
  out32(0xf4, failures == 0 ? 0x10 : 0x11);
  for (;;) __asm__ volatile("hlt");
}

int equal(const char *a, const char *b) {
  for (; *a && *a == *b; ++a, ++b) {
  }
  return *a == *b;
}

int equal_bytes(const void *a, const void *b, u32 size) {
  const u8 *x = a, *y = b;
  for (u32 i = 0; i < size; ++i) {
    if (x[i] != y[i]) return 0;
  }
  return 1;
}

int checksum_is_zero(const void *bytes, u32 size) {
  const u8 *x = bytes;
  u8 sum = 0;
  for (u32 i = 0; i < size; ++i) sum = (u8)(sum + x[i]);
  return sum == 0;
}

u32 long_at(u64 address) { return *(volatile const u32 *)(unsigned long)address; }

const struct range expected_map[RANGES - 1] = {
#ifdef PC
    {0, 0x9fc00, 1},          {0x9fc00, 0x400, 2},      {0xf0000, 0x10000, 2},
    {0x100000, 0x3e00000, 1}, {0x3f00000, 0x100000, 2}, {0xb0000000, 0x10000000, 2},
    {0xfed1c000, 0x4000, 2},  {0xfeffc000, 0x4000, 2},  {0xfffc0000, 0x40000, 2}};
#else
    {0, 0x9e000, 1}, {0x9e000, 0x2000, 2}, {0xf0000, 0x10000, 2}, {0x100000, 0x3f00000, 1}};
#endif

/* Base 0 and 4 GiB, of the descriptor that a selector refers to. */
static int is_flat(u16 selector, u8 type) {
  const u8 *d = (const u8 *)(unsigned long)(state.gdt.base + (selector & ~7u));
  const u32 base = d[2] | d[3] << 8 | d[4] << 16 | (u32)d[7] << 24;
  const u32 limit = d[0] | d[1] << 8 | (d[6] & 0xfu) << 16;
  return selector + 7u <= state.gdt.limit && base == 0 && limit == 0xfffff && (d[6] & 0x80) &&
         (d[5] & 0x9a) == type;
}

void check_flat_segments(void) {
  check(is_flat(state.cs, 0x9a), "the code segment is flat");
  check(is_flat(state.ds, 0x92), "DS is flat");
  check(is_flat(state.es, 0x92), "ES is flat");
  check(is_flat(state.fs, 0x92), "FS is flat");
  check(is_flat(state.gs, 0x92), "GS is flat");
  check(is_flat(state.ss, 0x92), "SS is flat");
  const u8 *task = (const u8 *)(unsigned long)(state.gdt.base + (state.tr & ~7u));
  check(state.tr != 0 && task[0] == 0x67 && task[1] == 0 && (task[5] & 0xfd) == 0x89,
        "TR has a task state segment of 104 bytes");
  check(state.ldtr == 0, "there is no local descriptor table");
}

void check_interrupts_off(void) {
  check((state.flags & 0x200) == 0, "interrupts are off");
  check((state.flags & 0x20100) == 0, "VM and TF are clear");
}

void check_a20(void) {
  volatile u32 *low = (volatile u32 *)(unsigned long)0x500;
  volatile u32 *high = (volatile u32 *)(unsigned long)0x2000500;
  volatile u32 *wrapped = (volatile u32 *)(unsigned long)0x2100500;
  *low = 1;
  *high = 2;
  *wrapped = 3;
  check(*low == 1 && *high == 2 && *wrapped == 3, "A20 is on");
}

void check_root_pointer(u64 address) {
  const u8 *pointer = (const u8 *)(unsigned long)address;
  check(address != 0 && equal_bytes(pointer, "RSD PTR ", 8) && checksum_is_zero(pointer, 20),
        "ACPI's root pointer is there");
  if (address == 0) return;
  const u32 table = *(const u32 *)(pointer + 16);
  check(table >= 0x3f00000 && table < 0x4000000 &&
            equal_bytes((const void *)(unsigned long)table, "RSDT", 4),
        "ACPI's tables are in the reserved memory");
}

void check_mp_table(void) {
  const u8 *pointer = (const u8 *)(unsigned long)0x9fc00;
  check(equal_bytes(pointer, "_MP_", 4) && checksum_is_zero(pointer, 16),
        "the MP pointer is in the last KiB of base memory");
  const u8 *table = (const u8 *)(unsigned long)*(const u32 *)(pointer + 4);
  check(equal_bytes(table, "PCMP", 4) && checksum_is_zero(table, *(const u16 *)(table + 4)),
        "the MP table is whole");
  check(table[44] == 0 && table[44 + 3] == 3 && table[64] == 0 && table[64 + 1] == 1 &&
            table[64 + 3] == 1 && table[84] == 1,
        "the MP table has two CPUs");
}
