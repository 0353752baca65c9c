/* An image that FreeBSD's loader would take for a kernel: linked to KERNBASE, entered there. */
  .section .text.start, "ax"
  .code64
  .global start
start:
#include "keep_state64.inc.S"
  call guest
  call finish

  .data
  .balign 16
  .global state
state:
  .skip 0x94
  .balign 16
  .skip 8192
stack_end:
  .section .note.GNU-stack, "", @progbits
