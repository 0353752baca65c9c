/* Multiboot2 by its i386 entry: 3.3 for the state, 3.6 for the information. */
#include "guest.h"

struct tag {
  u32 type, size;
};

static const struct tag *find(u32 type, u32 number) {
  const u8 *at = (const u8 *)(unsigned long)(state.bx + 8);
  const u8 *end = (const u8 *)(unsigned long)(state.bx + long_at(state.bx));
  while (at < end) {
    const struct tag *tag = (const struct tag *)at;
    if (tag->type == type && number-- == 0) return tag;
    if (tag->type == 0) return 0;
    at += (tag->size + 7) & ~7u;
  }
  return 0;
}

static u32 field(const struct tag *tag, u32 offset) {
  return *(const u32 *)((const u8 *)tag + offset);
}

static void check_cpu(void) {
  check(state.ax == 0x36d76289, "EAX has the magic number");
  check((state.cr0 & 0x80000001) == 1, "protection is on and paging off");
  check((state.efer & 0x500) == 0, "long mode is off");
  check_flat_segments();
  check_interrupts_off();
  check_a20();
}

static void check_module(u32 number, const char *content, u32 size, const char *text) {
  const struct tag *tag = find(3, number);
  check(tag && field(tag, 12) - field(tag, 8) == size && (field(tag, 8) & 0xfff) == 0 &&
            equal_bytes((const void *)(unsigned long)field(tag, 8), content, size),
        number == 0 ? "the first module is whole, at a page"
                    : "the second module is whole, at a page");
  check(tag && equal((const char *)tag + 16, text),
        number == 0 ? "the first module has its text" : "the second module has its text");
}

static void check_map(void) {
  const struct tag *tag = find(6, 0);
  int good =
      tag && field(tag, 8) == 24 && field(tag, 12) == 0 && tag->size == 16 + 24 * (RANGES - 1);
  for (u32 i = 0; good && i < RANGES - 1; ++i) {
    const u8 *entry = (const u8 *)tag + 16 + 24 * i;
    good = *(const u64 *)entry == expected_map[i].address &&
           *(const u64 *)(entry + 8) == expected_map[i].size &&
           *(const u32 *)(entry + 16) == expected_map[i].type;
  }
  check(good, "the memory map is the machine's");
  tag = find(4, 0);
  check(tag && field(tag, 8) == LOWER_KIB && field(tag, 12) == UPPER_KIB, "basic memory is right");
}

#ifndef FLAT
/* The section headers are there, and this text is in the section that one of them names. */
static const char landmark[] = "a landmark in .rodata";

static void check_sections(void) {
  const struct tag *tag = find(9, 0);
  check(tag && tag->size == 20 + field(tag, 8) * field(tag, 12), "the ELF sections are there");
  if (!tag) return;
  const u8 *headers = (const u8 *)tag + 20;
  const u32 size = field(tag, 12);
  u32 found = 0, names = 0;
  for (u32 i = 0; i < field(tag, 8); ++i) {
    const u8 *header = headers + i * size;
    const u64 address = size == 64 ? *(const u64 *)(header + 16) : *(const u32 *)(header + 12);
    const u64 length = size == 64 ? *(const u64 *)(header + 32) : *(const u32 *)(header + 20);
    const u64 place = (unsigned long)landmark;
    if (address != 0 && place >= address && place < address + length) found = 1;
    if (i == field(tag, 16) && *(const u32 *)(header + 4) == 3) {
      names = *(const char *)(unsigned long)address == 0 && length > 1;
    }
  }
  check(found && landmark[0] == 'a', "a section's address is where it is linked to");
  check(names, "the table of names is in memory");
}
#endif

void guest(void) {
  check_cpu();
  check((state.bx & 7) == 0 && long_at(state.bx + 4) == 0, "EBX has the information, 8-aligned");
  const struct tag *tag = find(1, 0);
  check(tag && equal((const char *)tag + 8, COMMAND_LINE) && tag->size == 8 + sizeof COMMAND_LINE,
        "the command line is there");
  tag = find(2, 0);
  check(tag && equal((const char *)tag + 8, "quiz"), "the loader has a name");
  check_module(0, MODULE_1, sizeof MODULE_1 - 1, MODULE_1_TEXT);
  check_module(1, MODULE_2, sizeof MODULE_2 - 1, "");
  check(find(3, 2) == 0, "there are two modules");
  check_map();
  check(find(5, 0) == 0, "there is no BIOS device without a BIOS");
#ifdef PC
  tag = find(14, 0);
  check(tag && tag->size == 8 + 20, "there is a copy of ACPI's root pointer");
  if (tag) check_root_pointer((unsigned long)(tag + 1));
  tag = find(8, 0);
  check(tag && field(tag, 8) == 0xb8000 && field(tag, 16) == 160 && field(tag, 20) == 80 &&
            field(tag, 24) == 25 && (field(tag, 28) & 0xffff) == (16 | 2 << 8),
        "the screen is one for text");
#else
  check(find(14, 0) == 0 && find(15, 0) == 0, "there is no ACPI on this machine");
  check(find(8, 0) == 0, "there is no screen on this machine");
  check_mp_table();
#endif
  tag = find(0, 0);
  check(tag && tag->size == 8, "an end tag ends the information");
#ifdef FLAT
  check(find(9, 0) == 0, "a flat image has no sections");
#else
  check_sections();
#endif
#ifdef RELOCATABLE
  tag = find(21, 0);
  check(tag && field(tag, 8) == state.base, "the load base is where the image is");
  check(state.base >= 0x1000000 && state.base % 0x200000 == 0, "the image is where it wants to be");
  check(state.base >= 0x2c00000, "the image is as high as it can be");
#else
  check(find(21, 0) == 0, "only a relocatable image has a load base");
#endif
}
