/* The boot ROMs as data; QUIZ_BOOT_ROM and QUIZ_OPTION_ROM are their paths. */
  .section .rodata
  .global quiz_boot_rom_begin
  .global quiz_boot_rom_end
  .global quiz_option_rom_begin
  .global quiz_option_rom_end
  .balign 16
quiz_boot_rom_begin:
  .incbin QUIZ_BOOT_ROM
quiz_boot_rom_end:
  .balign 16
quiz_option_rom_begin:
  .incbin QUIZ_OPTION_ROM
quiz_option_rom_end:
  .section .note.GNU-stack,"",@progbits
