/* The guest's init as data; QUIZ_INIT is its path. */
  .section .rodata
  .global quiz_init_begin
  .global quiz_init_end
  .balign 16
quiz_init_begin:
  .incbin QUIZ_INIT
quiz_init_end:
  .section .note.GNU-stack,"",@progbits
