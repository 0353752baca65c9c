/* What every tiny guest has: the boot CPU's state at its first instruction (start32.S, start64.S,
   start_freebsd.S), checks that name the promise they hold the loader to, and an end: SUCCESS or
   FAILURE on the serial port, and an exit status of 33 or 35 through isa-debug-exit. */
#ifndef QUIZ_TESTS_GUEST_H
#define QUIZ_TESTS_GUEST_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

struct table_register {
  u16 limit;
  u64 base; /* 32 bits of it in 32-bit mode */
} __attribute__((packed));

/* Filled by the first instructions; the offsets are those of start32.S and keep_state64.inc.S. */
struct state {
  u64 ax, bx, cx, dx, si, di, bp, sp; /* 0x00 */
  u64 flags;                          /* 0x40 */
  u64 cr0, cr3, cr4;                  /* 0x48 */
  u64 efer;                           /* 0x60 */
  u16 cs, ds, es, fs, gs, ss;         /* 0x68 */
  u16 tr, ldtr;                       /* 0x74 */
  struct table_register gdt;          /* 0x78 */
  struct table_register idt;          /* 0x82 */
  u64 base;                           /* 0x8c: where the image really is */
} __attribute__((packed));

extern struct state state;

void guest(void); /* each guest's own */

void print(const char *text);
/* Prints FAILURE and the promise where it was not kept. */
void check(int kept, const char *promise);
void finish(void) __attribute__((noreturn));

int equal(const char *a, const char *b);
int equal_bytes(const void *a, const void *b, u32 size);
int checksum_is_zero(const void *bytes, u32 size);
u32 long_at(u64 address);

/* What the tests give to every guest that takes them. */
#define COMMAND_LINE "one two=3 'four [five]'"
#define MODULE_1 "the first module\n"
#define MODULE_1_TEXT "first --with arguments"
#define MODULE_2 "another"
/* For FreeBSD, which takes more than a page at a time. */
#define LARGE_MODULE 100000
#define LARGE_BYTE(i) ((u8)((i)*7 + (i) / 251))

/* The machine of the tests: microvm with 64 MiB and 2 CPUs, or (PC) a q35 of that size that SeaBIOS
   has set up, with ACPI and a screen. */
#ifdef PC
#define RANGES 10
#define LOWER_KIB 639
#define UPPER_KIB (62 * 1024)
#else
#define RANGES 5
#define LOWER_KIB 632
#define UPPER_KIB (63 * 1024)
#endif
struct range {
  u64 address, size;
  u32 type;
};
extern const struct range expected_map[RANGES - 1];

/* What all protocols promise. */
void check_flat_segments(void);
void check_interrupts_off(void);
void check_a20(void);
/* Where there is no ACPI; else its root pointer is at that address, and a table behind it. */
void check_mp_table(void);
void check_root_pointer(u64 address);

#endif
