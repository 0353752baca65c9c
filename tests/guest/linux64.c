/* Linux's 64-bit boot protocol (boot.rst, zero-page.rst): the whole state that it promises. */
#include "guest.h"

static const u8 *params;

static u32 param32(u32 offset) { return *(const u32 *)(params + offset); }
static u64 param64(u32 offset) { return *(const u64 *)(params + offset); }

static void check_cpu(void) {
  check(state.cs == 0x10, "CS is __BOOT_CS");
  check(state.ds == 0x18 && state.es == 0x18 && state.ss == 0x18, "DS, ES and SS are __BOOT_DS");
  check((state.cr0 & 0x80000001) == 0x80000001, "paging and protection are on");
  check((state.cr0 & 0x60000000) == 0, "caches are on");
  check((state.cr4 & 0x20) != 0, "PAE is on");
  check((state.efer & 0x500) == 0x500, "long mode is active");
  check_flat_segments();
  check_interrupts_off();
  check(state.sp > 0x1000 && state.sp < 0x9e000, "there is a stack");
}

static void check_identity_map(void) {
  const u64 *pml4 = (const u64 *)(unsigned long)(state.cr3 & ~0xfffULL);
  const u64 *pdpt = (const u64 *)(unsigned long)(pml4[0] & ~0xfffULL);
  int good = 1;
  for (u32 gib = 0; gib < 4; ++gib) {
    const u64 *directory = (const u64 *)(unsigned long)(pdpt[gib] & ~0xfffULL);
    for (u32 i = 0; i < 512; ++i) {
      const u64 page = (u64)gib << 30 | (u64)i << 21;
      if ((directory[i] & 0x83) != 0x83 || (directory[i] & ~0x1fffffULL) != page) good = 0;
    }
  }
  check(good, "4 GiB are mapped to themselves");
}

static void check_zero_page(void) {
  check(params[0x1ef] == 0, "the sentinel is 0");
  int zero = 1;
  for (u32 i = 0; i < 0x1e8; ++i) {
#ifdef PC
    if (i == 0x70) i += 8; /* acpi_rsdp_addr */
#endif
    if (params[i] != 0) zero = 0;
  }
  for (u32 i = 0x1e9; i < 0x1f1; ++i) {
    if (params[i] != 0) zero = 0;
  }
  check(zero, "the page is clear outside of the header");
  check(param32(0x202) == 0x53726448 && params[0x1f1] == 1 && params[0x234] == 1,
        "the header is the image's");
  check(params[0x210] == 0xff, "type_of_loader is 0xff");
  check(param32(0x238) == 255, "cmdline_size is as it was");
  check(param64(0x250) == 0, "there is no setup_data");
}

static void check_map(void) {
  int good = params[0x1e8] == RANGES - 1;
  for (u32 i = 0; i < RANGES - 1; ++i) {
    const u8 *entry = params + 0x2d0 + 20 * i;
    if (*(const u64 *)entry != expected_map[i].address ||
        *(const u64 *)(entry + 8) != expected_map[i].size ||
        *(const u32 *)(entry + 16) != expected_map[i].type) {
      good = 0;
    }
  }
  check(good, "e820 is the machine's");
}

static void check_files(void) {
  const char *text = (const char *)(unsigned long)param32(0x228);
  check(param32(0x228) != 0 && equal(text, COMMAND_LINE), "the command line is there");
  const u32 image = param32(0x218), size = param32(0x21c);
  check(size == sizeof MODULE_1 - 1 && (image & 0xfff) == 0, "the initrd begins at a page");
  check(image + size - 1 <= 0x1ffffff, "the initrd is not above initrd_addr_max");
  check(image >= 0x500000, "the initrd is outside of init_size");
  check(size != 0 && equal_bytes((const void *)(unsigned long)image, MODULE_1, size),
        "the initrd is whole");
}

void guest(void) {
  params = (const u8 *)(unsigned long)state.si;
  check_cpu();
  check(state.si != 0 && (state.si & 0xfff) == 0, "RSI has boot_params");
  check_identity_map();
  check_zero_page();
  check_map();
  check_files();
#ifdef PC
  check_root_pointer(param64(0x70));
#else
  check_mp_table();
#endif
  check_a20();
}
