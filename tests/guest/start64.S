/* A bzImage with nothing but a 64-bit entry point: the setup header that boot.rst describes, and at 0x200
   of the protected-mode code the instructions that keep the CPU's state and call guest(). */
  .section .setup, "a"
setup_begin:
  .org 0x1f1
  .byte 1                              /* setup_sects */
  .word 0
  .long code_paragraphs                /* syssize */
  .word 0, 0, 0
  .word 0xaa55
  .byte 0xeb, header_end - 0x202
  .ascii "HdrS"
  .word 0x020f
  .long 0
  .word 0
  .word version - setup_begin - 0x200
  .byte 0                              /* type_of_loader */
  .byte 1                              /* loadflags: LOADED_HIGH */
  .word 0
  .long 0x100000
  .long 0, 0, 0
  .word 0
  .byte 0, 0
  .long 0
  .long 0x1ffffff                      /* initrd_addr_max: the middle of 64 MiB */
  .long 0x200000                       /* kernel_alignment */
  .byte 1                              /* relocatable_kernel */
  .byte 21
  .word 1                              /* xloadflags: KERNEL_64 */
  .long 255                            /* cmdline_size */
  .long 0
  .quad 0
  .long 0, 0
  .quad 0
  .quad 0x400000                       /* pref_address */
  .long 0x100000                       /* init_size */
  .long 0
header_end:
version:
  .asciz "0.1-guest (quiz) #1"
  .org 0x400

  .section .text.start, "ax"
  .code64
  .org 0x200
  .global start
start:
#include "keep_state64.inc.S"
  call guest
  call finish

  .data
#include "state_and_stack.inc.S"
