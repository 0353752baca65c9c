/* The option ROM of q35 and pc. SeaBIOS sets up the machine, finds this ROM, offers it as a disk to
   boot, and runs it. It fetches the plan (src/boot/handoff.h) through QEMU's fw_cfg: first the
   hand-off page, then the segments, which overwrite what the BIOS needs for itself.

   Sources: PnP BIOS specification 1.0A, 3.2 (the header); QEMU's docs/specs/fw_cfg.txt; ACPI 5.2.5.1
   (where the root pointer is). */
#include "boot/handoff_layout.h"

#define ROM_SIZE 2048
#define CODE_SELECTOR 0x08
#define DATA_SELECTOR 0x10

#define FW_CFG_SELECTOR 0x510
#define FW_CFG_DATA 0x511
#define FW_CFG_DMA_HIGH 0x514
#define FW_CFG_DMA_LOW 0x518
#define FW_CFG_FILES 0x19
#define FW_CFG_ERROR 1
#define FW_CFG_READ 2
#define FW_CFG_SELECT 8

/* Scratch memory in the lower part of the stack's page. */
#define FILE_ENTRY 0x3000 /* size, selector, reserved, name: big-endian, 64 bytes */
#define FILE_SELECTOR (FILE_ENTRY + 4)
#define FILE_NAME (FILE_ENTRY + 8)
#define FILE_ENTRY_SIZE 64
#define DMA_REQUEST 0x3040 /* control, length, address: big-endian, 16 bytes */

#define RSDP_FIRST 0xe0000
#define RSDP_END 0x100000
#define RSDP_SIZE 20

  .text
rom_begin:
  .code16
  .byte 0x55, 0xaa
  .byte ROM_SIZE / 512
  lret /* nothing to initialize */
  .org 0x1a
  .word pnp_header - rom_begin

  .balign 16
pnp_header:
  .ascii "$PnP"
  .byte 1                         /* revision */
  .byte 2                         /* length / 16 */
  .word 0                         /* no further header */
  .byte 0
  .byte 0                         /* checksum: not looked at */
  .long 0                         /* device */
  .word manufacturer - rom_begin
  .word product - rom_begin
  .byte 0, 0, 0                   /* class */
  .byte 0                         /* indicators */
  .word 0                         /* boot connection vector */
  .word 0                         /* disconnect vector */
  .word boot_entry - rom_begin    /* bootstrap entry vector */
  .word 0
  .word 0

manufacturer:
  .asciz "quiz"
product:
  .asciz "quiz direct boot"

  /* CS is the ROM's segment, the stack the BIOS's. */
boot_entry:
  cli
  cld
  xorl %ebp, %ebp
  movw %cs, %bp
  shll $4, %ebp
  leal (descriptors - rom_begin)(%ebp), %eax
  pushl %eax
  pushw $(descriptors_end - descriptors - 1)
  movw %sp, %bx
  lgdtl %ss:(%bx)
  movl %cr0, %eax
  orl $1, %eax
  movl %eax, %cr0
  pushl $CODE_SELECTOR
  leal (protected_mode - rom_begin)(%ebp), %eax
  pushl %eax
  lretl

  .code32
protected_mode:
  movw $DATA_SELECTOR, %ax
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %ss
  movl $QUIZ_STACK_TOP, %esp
  call find_file
  call read_plan
  call find_root_pointer
  jmp apply_state

  /* Leaves the plan's selector, big-endian, at FILE_SELECTOR. */
find_file:
  movl $FW_CFG_FILES, %eax
  movw $FW_CFG_SELECTOR, %dx
  outw %ax, %dx
  movl $FILE_ENTRY, %edi
  movl $4, %ecx
  call read_bytes
  movl FILE_ENTRY, %ebx
  bswapl %ebx
1:
  testl %ebx, %ebx
  jz no_plan
  decl %ebx
  movl $FILE_ENTRY, %edi
  movl $FILE_ENTRY_SIZE, %ecx
  call read_bytes
  movl $FILE_NAME, %edi
  leal (file_name - rom_begin)(%ebp), %esi
  movl $(file_name_end - file_name), %ecx
  repe cmpsb
  jne 1b
  ret

  /* ECX bytes of the selected item to EDI. */
read_bytes:
  movw $FW_CFG_DATA, %dx
  rep insb
  ret

read_plan:
  movzwl FILE_SELECTOR, %eax
  xchgb %al, %ah
  shll $16, %eax
  orl $(FW_CFG_SELECT | FW_CFG_READ), %eax
  movl $QUIZ_HANDOFF_ADDRESS, %edi
  movl $QUIZ_HANDOFF_SIZE, %ecx
  call transfer
  cmpl $QUIZ_HANDOFF_MAGIC, QUIZ_HANDOFF_ADDRESS + QUIZ_OFFSET_MAGIC
  jne no_plan
  movl QUIZ_HANDOFF_ADDRESS + QUIZ_OFFSET_RECORD_COUNT, %ebx
  movl $(QUIZ_HANDOFF_ADDRESS + QUIZ_OFFSET_RECORDS), %esi
1:
  testl %ebx, %ebx
  jz 2f
  movl QUIZ_RECORD_ADDRESS(%esi), %edi
  movl QUIZ_RECORD_BYTES(%esi), %ecx
  movl $FW_CFG_READ, %eax
  call transfer
  addl QUIZ_RECORD_BYTES(%esi), %edi
  movl QUIZ_RECORD_ZEROS(%esi), %ecx
  call clear
  addl $QUIZ_RECORD_SIZE, %esi
  decl %ebx
  jmp 1b
2:
  ret

  /* ECX bytes of the item to EDI, by the control word EAX. Keeps EBX, ESI, EDI. */
transfer:
  testl %ecx, %ecx
  jz 2f
  bswapl %eax
  movl %eax, DMA_REQUEST
  bswapl %ecx
  movl %ecx, DMA_REQUEST + 4
  movl $0, DMA_REQUEST + 8
  movl %edi, %eax
  bswapl %eax
  movl %eax, DMA_REQUEST + 12
  xorl %eax, %eax
  movw $FW_CFG_DMA_HIGH, %dx
  outl %eax, %dx
  movl $DMA_REQUEST, %eax
  bswapl %eax
  movw $FW_CFG_DMA_LOW, %dx
  outl %eax, %dx /* starts it */
1:
  movl DMA_REQUEST, %eax
  bswapl %eax
  testl $FW_CFG_ERROR, %eax
  jnz no_plan
  testl %eax, %eax
  jnz 1b
2:
  ret

  /* ECX zeros to EDI. */
clear:
  movl %ecx, %edx
  xorl %eax, %eax
  shrl $2, %ecx
  rep stosl
  movl %edx, %ecx
  andl $3, %ecx
  rep stosb
  ret

  /* Looks for "RSD PTR " with a right checksum at every 16th byte; tells the kernel where the plan
     says so. */
find_root_pointer:
  movl $RSDP_FIRST, %esi
1:
  cmpl $0x20445352, (%esi)
  jne 3f
  cmpl $0x20525450, 4(%esi)
  jne 3f
  xorl %eax, %eax
  xorl %ecx, %ecx
2:
  addb (%esi, %ecx), %al
  incl %ecx
  cmpl $RSDP_SIZE, %ecx
  jb 2b
  testb %al, %al
  jz 4f
3:
  addl $16, %esi
  cmpl $RSDP_END, %esi
  jb 1b
  /* None: the multiboot2 tag for its copy becomes an end tag. */
  movl QUIZ_HANDOFF_ADDRESS + QUIZ_OFFSET_RSDP_COPY_SLOT, %edi
  testl %edi, %edi
  jz 6f
  movl $0, -8(%edi)
  movl $8, -4(%edi)
  ret
4:
  movl QUIZ_HANDOFF_ADDRESS + QUIZ_OFFSET_RSDP_ADDRESS_SLOT, %edi
  testl %edi, %edi
  jz 5f
  movl %esi, (%edi)
  movl $0, 4(%edi)
5:
  movl QUIZ_HANDOFF_ADDRESS + QUIZ_OFFSET_RSDP_COPY_SLOT, %edi
  testl %edi, %edi
  jz 6f
  movl $RSDP_SIZE, %ecx
  rep movsb
6:
  ret

#include "apply_state.inc.S"

file_name:
  .asciz "opt/org.quiz/boot"
file_name_end:

  .balign 8
descriptors:
  .quad 0
  .quad 0x00cf9b000000ffff /* code, 4 GiB */
  .quad 0x00cf93000000ffff /* data, 4 GiB */
descriptors_end:

  .org ROM_SIZE
