/* PVH (xen/docs/misc/pvh.pandoc, start_info.h). */
#include "guest.h"

struct start_info {
  u32 magic, version, flags, modules;
  u64 module_list, command_line, rsdp, map;
  u32 map_entries, reserved;
};
struct module {
  u64 address, size, text, reserved;
};
struct memory {
  u64 address, size;
  u32 type, reserved;
};

static void check_cpu(void) {
  check((state.cr0 & 0x80000001) == 1, "protection is on and paging off");
  check((state.cr0 & 0x60000000) == 0, "caches are on");
  check(state.cr4 == 0, "CR4 is 0");
  check((state.efer & 0x500) == 0, "long mode is off");
  check_flat_segments();
  check_interrupts_off();
}

static int is_module(const struct module *module, const char *content, u32 size, const char *text) {
  return module->size == size && (module->address & 0xfff) == 0 &&
         equal_bytes((const void *)(unsigned long)module->address, content, size) &&
         (*text == 0 ? module->text == 0 : equal((const char *)(unsigned long)module->text, text));
}

void guest(void) {
  const struct start_info *info = (const struct start_info *)(unsigned long)state.bx;
  check_cpu();
  check(info->magic == 0x336ec578, "EBX has the start info");
  check(info->version == 1 && info->flags == 0, "the version is 1");
#ifdef PC
  check_root_pointer(info->rsdp);
#else
  check(info->rsdp == 0, "there is no ACPI on this machine");
  check_mp_table();
#endif
  check(equal((const char *)(unsigned long)info->command_line, COMMAND_LINE),
        "the command line is there");
  const struct module *modules = (const struct module *)(unsigned long)info->module_list;
  check(info->modules == 2, "there are two modules");
  if (info->modules == 2) {
    check(is_module(modules, MODULE_1, sizeof MODULE_1 - 1, ""), "the first module is the initrd");
    check(is_module(modules + 1, MODULE_2, sizeof MODULE_2 - 1, MODULE_1_TEXT),
          "the second module has its arguments");
  }
  const struct memory *map = (const struct memory *)(unsigned long)info->map;
  int good = info->map_entries == RANGES - 1;
  for (u32 i = 0; good && i < RANGES - 1; ++i) {
    good = map[i].address == expected_map[i].address && map[i].size == expected_map[i].size &&
           map[i].type == expected_map[i].type;
  }
  check(good, "the memory map is the machine's");
  /* FreeBSD takes what lies above the start info as free. */
  check(state.bx < 0x9e000, "the start info is low");
  check_a20();
}
