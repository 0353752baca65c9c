/* A multiboot2 header: what is in it depends on FLAT, RELOCATABLE. */
#define MAGIC 0xe85250d6
  .section .header, "a"
  .balign 8
header:
  .long MAGIC, 0, header_end - header, -(MAGIC + (header_end - header))
  .word 1, 0 /* information: command line, modules, basic memory, map */
  .long 8 + 4 * 4
  .long 1, 3, 4, 6
  .balign 8
  .word 1, 1 /* an optional request for what nobody knows */
  .long 12
  .long 77
  .balign 8
  .word 6, 0 /* modules at pages */
  .long 8
  .word 4, 0 /* a console is not required */
  .long 12
  .long 2
  .balign 8
  .word 99, 1 /* unknown, but optional */
  .long 8
#ifdef FLAT
  .word 2, 0
  .long 24
  .long header, image_begin, data_end, image_end
  .word 3, 0
  .long 12
  .long start
  .balign 8
#endif
#ifdef RELOCATABLE
  .word 10, 0 /* the highest multiple of 2 MiB from 16 MiB to 48 MiB */
  .long 24
  .long 0x1000000, 0x2ffffff, 0x200000, 2
#endif
  .word 0, 0
  .long 8
header_end:
  .section .note.GNU-stack, "", @progbits
