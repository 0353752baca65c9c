/* In the data of every start: what the guest was entered with (struct state), and its stack. */
  .balign 16
  .global state
state:
  .skip 0x94
  .balign 16
  .skip 8192
stack_end:
  .section .note.GNU-stack, "", @progbits
