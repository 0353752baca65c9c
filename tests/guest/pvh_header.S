/* The note that makes an image PVH: name "Xen", type 18, the physical entry point. */
  .section .note.Xen, "a", @note
  .balign 4
  .long 4, NOTE_SIZE, 18
  .asciz "Xen"
  .long start
  .skip NOTE_SIZE - 4
  .section .note.GNU-stack, "", @progbits
