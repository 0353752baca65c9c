/* FreeBSD's native amd64 entry: what its own BIOS loader leaves (stand/i386/libi386:
   elf64_freebsd.c, bootinfo64.c; stand/common/modinfo.c), as its kernel reads it (sys/amd64/amd64:
   locore.S, machdep.c; sys/kern/subr_module.c). */
#include "guest.h"

#define KERNBASE 0xffffffff80000000ULL
#define PAGE_MASK 0xfffULL
#define USED 0x60ULL /* accessed and dirty: set by the CPU */
#define FIRST_MEMORY 0x800000

enum { END, NAME, TYPE, ADDRESS, SIZE };
enum {
  SYMBOLS_BEGIN = 0x8003,
  SYMBOLS_END = 0x8004,
  ENVIRONMENT = 0x8006,
  HOW = 0x8007,
  KERNEL_END = 0x8008,
  MAP = 0x9001,
  METADATA = 0x9006,
};

struct record {
  u32 type, size;
  u8 data[];
};
struct memory {
  u64 address, size;
  u32 type;
} __attribute__((packed));
struct symbol {
  u32 name;
  u8 info, other;
  u16 section;
  u64 value, size;
};

/* As a kernel of FreeBSD has its version. */
__attribute__((used)) static const char version[] = "@(#)FreeBSD 15.1-TEST of quiz";

extern u8 image_begin[], image_end[];
static volatile u8 zeros[4096];
static u32 modulep, kernend;

/* The kernel's own view: physical memory above KERNBASE. */
static const void *at(u64 physical) { return (const void *)(KERNBASE + physical); }

static void check_cpu(void) {
  unsigned long here;
  __asm__ volatile("leaq 0f(%%rip), %0\n0:" : "=r"(here));
  check(here >= (unsigned long)image_begin && here < (unsigned long)image_end,
        "the kernel runs where it is linked to");
  check((state.cr0 & 0x80000001) == 0x80000001, "paging and protection are on");
  check((state.cr0 & 0x60000000) == 0, "caches are on");
  check((state.cr4 & 0x20) != 0, "PAE is on");
  check((state.cr4 & 0x1000) == 0, "there are four levels of page tables");
  check((state.efer & 0x500) == 0x500, "long mode is active");
  check_flat_segments();
  check_interrupts_off();
}

static void check_page_tables(void) {
  const u64 *tables = at(state.cr3 & ~PAGE_MASK);
  const u64 pointers = tables[0] & ~PAGE_MASK, directory = *(const u64 *)at(pointers) & ~PAGE_MASK;
  int same = 1, mapped = 1;
  for (u32 i = 0; i < 512; ++i) {
    if ((tables[i] & ~USED) != (pointers | 3)) same = 0;
    if ((((const u64 *)at(pointers))[i] & ~USED) != (directory | 3)) same = 0;
    if ((((const u64 *)at(directory))[i] & ~USED) != ((u64)i << 21 | 0x83)) mapped = 0;
  }
  check(same, "every GiB of the address space is the same");
  check(mapped, "a GiB of memory is mapped by 2 MiB pages");
  /* amd64_loadaddr() finds the kernel by the entry for 2 MiB above KERNBASE. */
  check((((const u64 *)at(directory))[1] & ~0xfffffULL) == (u64)image_begin - KERNBASE,
        "the page tables say where the kernel is");
}

static void check_stack(void) {
  const u8 *words = (const u8 *)(unsigned long)state.sp;
  modulep = *(const u32 *)(words + 4);
  kernend = *(const u32 *)(words + 8);
  check(modulep >= (u64)image_end - KERNBASE && (modulep & PAGE_MASK) == 0 && modulep < kernend,
        "the stack has the metadata's address, of a page behind the kernel");
  check((kernend & PAGE_MASK) == 0 && kernend < 0x40000000,
        "the stack has the end of what the kernel is given, of a page");
}

static const struct record *next(const struct record *record) {
  return (const struct record *)(record->data + ((record->size + 7ULL) & ~7ULL));
}

/* Whether a walk over all records comes to their end before the environment. */
static int is_whole(void) {
  const struct record *record = at(modulep), *end = at(kernend);
  for (; record + 1 <= end; record = next(record)) {
    if (record->type == END && record->size == 0) return 1;
    if (record->size > kernend - modulep) return 0;
  }
  return 0;
}

/* The record of that type of the file whose name is `name`; 0 if it has none. */
static const struct record *find(const struct record *name, u32 type) {
  const struct record *record = next(name);
  for (; record->type != END && record->type != NAME; record = next(record)) {
    if (record->type == type) return record;
  }
  return 0;
}

static u64 number(const struct record *name, u32 type) {
  const struct record *record = find(name, type);
  return record && record->size == 8 ? *(const u64 *)record->data : 0;
}

static int is_text(const struct record *record, const char *text) {
  u32 size = 1;
  for (const char *c = text; *c; ++c) ++size;
  return record && record->size == size && equal((const char *)record->data, text);
}

static void check_memory_map(const struct record *kernel) {
  const struct record *map = find(kernel, MAP);
  const struct memory *range = map ? (const struct memory *)map->data : 0;
  int good = map && map->size == (RANGES - 1) * sizeof *range, room = 0;
  for (u32 i = 0; good && i < RANGES - 1; ++i) {
    good = range[i].address == expected_map[i].address && range[i].size == expected_map[i].size &&
           range[i].type == expected_map[i].type;
    if (range[i].type == 1 && range[i].address <= kernend &&
        kernend + FIRST_MEMORY <= range[i].address + range[i].size) {
      room = 1;
    }
  }
  check(good, "the memory map is the machine's");
  check(!good || room, "free memory follows what the kernel is given");
}

static void check_symbols(const struct record *kernel) {
  const u64 begin = number(kernel, SYMBOLS_BEGIN), end = number(kernel, SYMBOLS_END);
  int found = 0;
  if (begin >= (u64)image_end - KERNBASE && begin % 8 == 0 && begin < end && end <= modulep) {
    const u64 *size = at(begin);
    const struct symbol *symbol = (const struct symbol *)(size + 1);
    const u64 *names = (const u64 *)((const u8 *)symbol + *size);
    if (*size % sizeof *symbol == 0 && *size < end - begin && *names < end - begin &&
        (const u8 *)names + 8 + ((*names + 7) & ~7ULL) == (const u8 *)at(end)) {
      for (u32 i = 0; i < *size / sizeof *symbol; ++i) {
        if (symbol[i].value == (u64)guest &&
            equal((const char *)(names + 1) + symbol[i].name, "guest")) {
          found = 1;
        }
      }
    }
  }
  check(found, "the symbols are there");
  check(end == number(kernel, ADDRESS) + number(kernel, SIZE), "the kernel's size has the symbols");
}

static void check_kernel(const struct record *kernel) {
  check(kernel->type == NAME && is_text(kernel, "kernel"), "the first name is the kernel's");
  check(is_text(find(kernel, TYPE), "elf kernel"), "its type is a kernel's");
  check(number(kernel, ADDRESS) == (u64)image_begin - KERNBASE, "its address is a physical one");
  check(number(kernel, SIZE) >= (u64)(image_end - image_begin), "its size is all of it");
  const struct record *how = find(kernel, HOW);
  check(how && how->size == 4 && *(const u32 *)how->data == 0x1802,
        "the flags are a serial console's and the command line's");
  check(number(kernel, KERNEL_END) == kernend, "the metadata and the stack name the same end");
  check(number(kernel, METADATA) == modulep, "the metadata knows its own address");
  check_memory_map(kernel);
  check_symbols(kernel);
  int zero = 1;
  for (u32 i = 0; i < sizeof zeros; ++i) {
    if (zeros[i] != 0) zero = 0;
  }
  check(zero, "what has no bytes in the file is zero");
}

static const char *variable(const char *text, const char *end, const char *wanted) {
  while (text < end && *text) {
    if (equal(text, wanted)) return text;
    while (text < end && *text) ++text;
    ++text;
  }
  return 0;
}

static void check_environment(const struct record *kernel) {
  const u64 address = number(kernel, ENVIRONMENT);
  const int there = address > modulep && address < kernend && (address & PAGE_MASK) == 0;
  check(there, "the environment is a page between metadata and end");
  if (!there) return;
  const char *text = at(address), *const end = at(kernend);
  check(variable(text, end, "hint.uart.0.flags=0x10") && variable(text, end, "console=comconsole"),
        "the environment has what a serial console needs");
  check(variable(text, end, "one=1") && variable(text, end, "two=3"),
        "the environment has the command line's variables");
  check(variable(text, end, "quiz.text='four [five]'") != 0, "the environment has what was given");
  while (text + 1 < end && (text[0] || text[1])) ++text;
  check(text + 1 < end, "the environment ends with an empty variable");
}

static int is_file(const struct record *file, const char *name, const char *type) {
  const u64 address = number(file, ADDRESS);
  return is_text(file, name) && is_text(find(file, TYPE), type) && (address & PAGE_MASK) == 0 &&
         address >= (u64)image_end - KERNBASE && address + number(file, SIZE) <= modulep;
}

static void check_files(const struct record *kernel) {
  const struct record *first = next(kernel);
  while (first->type != NAME && first->type != END) first = next(first);
  check(is_file(first, "disk.img", "md_image"), "the first file has its name and type, at a page");
  check(number(first, SIZE) == sizeof MODULE_1 - 1 &&
            equal_bytes(at(number(first, ADDRESS)), MODULE_1, sizeof MODULE_1 - 1),
        "the first file is whole");
  const struct record *second = first->type == END ? first : next(first);
  while (second->type != NAME && second->type != END) second = next(second);
  check(is_file(second, "large", "quiz_test"), "the second file has its name and type, at a page");
  const u8 *bytes = at(number(second, ADDRESS));
  int whole = number(second, SIZE) == LARGE_MODULE;
  for (u32 i = 0; whole && i < LARGE_MODULE; ++i) whole = bytes[i] == LARGE_BYTE(i);
  check(whole, "the second file is whole");
  const struct record *third = second->type == END ? second : next(second);
  while (third->type != NAME && third->type != END) third = next(third);
  check(third->type == END, "there are no more files");
}

void guest(void) {
  check_cpu();
  check_page_tables();
  check_stack();
  const int whole = modulep != 0 && modulep < kernend && kernend < 0x40000000 && is_whole();
  check(whole, "the metadata is a chain of records with an end");
  if (!whole) return;
  const struct record *kernel = at(modulep);
  check_kernel(kernel);
  check_environment(kernel);
  check_files(kernel);
#ifdef PC
  /* Nobody tells FreeBSD: it looks where the firmware leaves it. */
  u64 pointer = 0;
  for (u64 address = 0xe0000; address < 0x100000 && !pointer; address += 16) {
    if (equal_bytes(at(address), "RSD PTR ", 8)) pointer = address;
  }
  check_root_pointer(pointer);
#else
  check_mp_table();
#endif
  check_a20();
}
