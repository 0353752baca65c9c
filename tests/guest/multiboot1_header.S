/* A multiboot header of version 1: modules at pages, memory; with FLAT the address fields. */
#define MAGIC 0x1badb002
#ifdef FLAT
#define FLAGS 0x10003
#else
#define FLAGS 0x3
#endif
  .section .header, "a"
  .balign 4
header:
  .long MAGIC, FLAGS, -(MAGIC + FLAGS)
#ifdef FLAT
  .long header, image_begin, data_end, image_end, start
#endif
  .section .note.GNU-stack, "", @progbits
