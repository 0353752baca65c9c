/* An image that FreeBSD's loader would take for a kernel: linked to KERNBASE, entered there. */
  .section .text.start, "ax"
  .code64
  .global start
start:
#include "keep_state64.inc.S"
  call guest
  call finish

  .data
#include "state_and_stack.inc.S"
