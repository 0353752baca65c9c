/* Multiboot, version 1: 3.2 for the state, 3.3 for the information. */
#include "guest.h"

struct information {
  u32 flags, lower, upper, device, command_line, modules, module_list;
  u32 sections, section_size, section_table, section_names;
  u32 map_length, map, drives_length, drives, config, loader_name;
  u32 apm, vbe[4];
  u64 screen;
  u32 pitch, width, height;
  u8 bits, kind;
} __attribute__((packed));
struct module {
  u32 begin, end, text, reserved;
};

static int is_module(const struct module *module, const char *content, u32 size, const char *text) {
  return module->end - module->begin == size && (module->begin & 0xfff) == 0 &&
         module->reserved == 0 &&
         equal_bytes((const void *)(unsigned long)module->begin, content, size) &&
         equal((const char *)(unsigned long)module->text, text);
}

static void check_map(const struct information *info) {
  u32 at = info->map, count = 0;
  int good = 1;
  for (; at < info->map + info->map_length && count < RANGES; ++count) {
    const u8 *entry = (const u8 *)(unsigned long)at;
    good = good && count < RANGES - 1 && *(const u32 *)entry == 20 &&
           *(const u64 *)(entry + 4) == expected_map[count].address &&
           *(const u64 *)(entry + 12) == expected_map[count].size &&
           *(const u32 *)(entry + 20) == expected_map[count].type;
    at += 4 + *(const u32 *)entry;
  }
  check((info->flags & 0x40) && good && count == RANGES - 1, "the memory map is the machine's");
  check((info->flags & 1) && info->lower == LOWER_KIB && info->upper == UPPER_KIB,
        "basic memory is right");
}

void guest(void) {
  const struct information *info = (const struct information *)(unsigned long)state.bx;
  check(state.ax == 0x2badb002, "EAX has the magic number");
  check((state.cr0 & 0x80000001) == 1, "protection is on and paging off");
  check((state.efer & 0x500) == 0, "long mode is off");
  check_flat_segments();
  check_interrupts_off();
  check_a20();
  check((info->flags & 4) && equal((const char *)(unsigned long)info->command_line, COMMAND_LINE),
        "the command line is there");
  check((info->flags & 0x200) && equal((const char *)(unsigned long)info->loader_name, "quiz"),
        "the loader has a name");
  const struct module *modules = (const struct module *)(unsigned long)info->module_list;
  check((info->flags & 8) && info->modules == 2, "there are two modules");
  if (info->modules == 2) {
    check(is_module(modules, MODULE_1, sizeof MODULE_1 - 1, MODULE_1_TEXT),
          "the first module is whole, at a page, with its text");
    check(is_module(modules + 1, MODULE_2, sizeof MODULE_2 - 1, ""),
          "the second module is whole, at a page");
  }
  check_map(info);
  check((info->flags & 0x10) == 0, "there are no symbols of an a.out file");
#ifdef FLAT
  check((info->flags & 0x20) == 0, "a flat image has no sections");
#else
  check((info->flags & 0x20) && info->sections > 3 && info->section_size == 40 &&
            info->section_names < info->sections,
        "the ELF sections are there");
#endif
#ifdef PC
  check((info->flags & 0x1000) && info->screen == 0xb8000 && info->pitch == 160 &&
            info->width == 80 && info->height == 25 && info->bits == 16 && info->kind == 2,
        "the screen is one for text");
  check((info->flags & 0xffffed90) == 0, "nothing is there that this machine does not have");
#else
  check((info->flags & 0xfffffd90) == 0, "nothing is there that this machine does not have");
  check_mp_table();
#endif
}
