/* What quiz's boot ROMs read: one page at QUIZ_HANDOFF_ADDRESS. Included by the ROMs' assembly and
   by handoff.cc, which checks that its structure has the same offsets. */
#ifndef QUIZ_BOOT_HANDOFF_LAYOUT_H
#define QUIZ_BOOT_HANDOFF_LAYOUT_H

#define QUIZ_HANDOFF_ADDRESS 0x2000
#define QUIZ_HANDOFF_SIZE 0x1000
#define QUIZ_STACK_TOP 0x4000
#define QUIZ_HANDOFF_MAGIC 0x5A495551 /* "QUIZ" */

#define QUIZ_OFFSET_MAGIC 0x00
#define QUIZ_OFFSET_LONG_MODE 0x04 /* 1: 64-bit code, 0: 32-bit code */
#define QUIZ_OFFSET_CR0 0x08
#define QUIZ_OFFSET_CR4 0x0c
#define QUIZ_OFFSET_CR3 0x10
#define QUIZ_OFFSET_EFER 0x18
#define QUIZ_OFFSET_ENTRY 0x20
#define QUIZ_OFFSET_RFLAGS 0x28
#define QUIZ_OFFSET_CODE 0x30
#define QUIZ_OFFSET_DATA 0x32
#define QUIZ_OFFSET_TASK 0x34
#define QUIZ_OFFSET_GDTR 0x3e /* as LGDT takes it: 16 bits of limit, 64 of address */
#define QUIZ_OFFSET_IDTR 0x4e
#define QUIZ_OFFSET_RAX 0x58
#define QUIZ_OFFSET_RBX 0x60
#define QUIZ_OFFSET_RCX 0x68
#define QUIZ_OFFSET_RDX 0x70
#define QUIZ_OFFSET_RSI 0x78
#define QUIZ_OFFSET_RDI 0x80
#define QUIZ_OFFSET_RBP 0x88
#define QUIZ_OFFSET_RSP 0x90
#define QUIZ_OFFSET_RSDP_ADDRESS_SLOT 0x98 /* 0: none */
#define QUIZ_OFFSET_RSDP_COPY_SLOT 0x9c    /* 0: none */
#define QUIZ_OFFSET_RECORD_COUNT 0xa0
#define QUIZ_OFFSET_RECORDS 0xb0

/* A record: a segment whose bytes follow the page, in the records' order. */
#define QUIZ_RECORD_SIZE 16
#define QUIZ_RECORD_ADDRESS 0
#define QUIZ_RECORD_BYTES 4
#define QUIZ_RECORD_ZEROS 8

#endif
