/* The boot ROM of microvm: 64 KiB that QEMU puts at the end of the first 4 GiB, in the place of a
   firmware. Everything is in memory already (src/boot/handoff.h); the CPU only has to get from the
   reset vector to the state that the kernel wants. */
#include "boot/handoff_layout.h"

#define ROM_SIZE 0x10000
#define ROM_ADDRESS 0xffff0000
#define CODE_SELECTOR 0x08
#define DATA_SELECTOR 0x10
#define COPY_ADDRESS 0x3000 /* the lower part of the stack's page */

  .text
rom_begin:
  .code16
start:
  cli
  cld
  lgdtl %cs:(descriptors_register - rom_begin)
  movl %cr0, %eax
  orl $1, %eax
  movl %eax, %cr0
  ljmpl $CODE_SELECTOR, $(ROM_ADDRESS + protected_mode - rom_begin)

  .code32
protected_mode:
  movw $DATA_SELECTOR, %ax
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %ss
  /* The ROM is at the end of 4 GiB, where a plan's page tables may have nothing: from here on a copy. */
  movl $(ROM_ADDRESS + apply_state - rom_begin), %esi
  movl $COPY_ADDRESS, %edi
  movl $(apply_state_end - apply_state), %ecx
  rep movsb
  movl $(COPY_ADDRESS - (apply_state - rom_begin)), %ebp
  movl $COPY_ADDRESS, %eax
  jmp *%eax

#include "apply_state.inc.S"

  .balign 8
descriptors:
  .quad 0
  .quad 0x00cf9b000000ffff /* code, 4 GiB */
  .quad 0x00cf93000000ffff /* data, 4 GiB */
descriptors_register:
  .word . - descriptors - 1
  .long ROM_ADDRESS + descriptors - rom_begin

  /* The CPU starts here: 16 bytes below 4 GiB, in real mode, with a code segment at ROM_ADDRESS. */
  .org ROM_SIZE - 16
  .code16
  jmp start
  .org ROM_SIZE
