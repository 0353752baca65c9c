/* The last part of both ROMs: sets the CPU's state from the hand-off page and enters the kernel.

   Begins in 32-bit protected mode with flat segments, no paging and interrupts off; EBP is the
   address that rom_begin has or would have. What runs here is below 1 GiB, since a plan's page
   tables need not map more. Position-independent: every address in here is the hand-off page's or
   comes from EBP. */

#define HANDOFF(field) (QUIZ_HANDOFF_ADDRESS + QUIZ_OFFSET_##field)
#define EFER_REGISTER 0xc0000080
#define EFER_LONG_MODE_ACTIVE 0x400 /* set by the CPU alone */
#define UART 0x3f8

  .code32
apply_state:
  movl $QUIZ_STACK_TOP, %esp
  cmpl $QUIZ_HANDOFF_MAGIC, HANDOFF(MAGIC)
  jne no_plan
  lgdt HANDOFF(GDTR)
  movw HANDOFF(DATA), %ax
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %fs
  movw %ax, %gs
  movw %ax, %ss
  cmpl $0, HANDOFF(LONG_MODE)
  jne apply_long_mode

  /* 32-bit code. A far return is the far jump that needs no fixed address. */
  movzwl HANDOFF(CODE), %eax
  pushl %eax
  leal (code32 - rom_begin)(%ebp), %eax
  pushl %eax
  lretl
code32:
  movl HANDOFF(CR4), %eax
  movl %eax, %cr4
  movl HANDOFF(CR0), %eax
  movl %eax, %cr0
  movw HANDOFF(TASK), %ax
  ltr %ax
  xorl %eax, %eax
  lldt %ax
  lidt HANDOFF(IDTR)
  pushl HANDOFF(RFLAGS)
  popfl
  movl HANDOFF(RBX), %ebx
  movl HANDOFF(RCX), %ecx
  movl HANDOFF(RDX), %edx
  movl HANDOFF(RSI), %esi
  movl HANDOFF(RDI), %edi
  movl HANDOFF(RBP), %ebp
  movl HANDOFF(RSP), %esp
  movl HANDOFF(RAX), %eax
  jmp *HANDOFF(ENTRY)

apply_long_mode:
  /* Intel SDM 3A, 10.8.5: PAE, CR3, LME, then PG, which makes long mode active. */
  movl HANDOFF(CR4), %eax
  movl %eax, %cr4
  movl HANDOFF(CR3), %eax
  movl %eax, %cr3
  movl $EFER_REGISTER, %ecx
  movl HANDOFF(EFER), %eax
  andl $~EFER_LONG_MODE_ACTIVE, %eax
  xorl %edx, %edx
  wrmsr
  movl HANDOFF(CR0), %eax
  movl %eax, %cr0
  movzwl HANDOFF(CODE), %eax
  pushl %eax
  leal (code64 - rom_begin)(%ebp), %eax
  pushl %eax
  lretl
  .code64
code64:
  lgdt HANDOFF(GDTR)
  lidt HANDOFF(IDTR)
  movw HANDOFF(TASK), %ax
  ltr %ax
  xorl %eax, %eax
  lldt %ax
  pushq HANDOFF(RFLAGS)
  popfq
  movq HANDOFF(RBX), %rbx
  movq HANDOFF(RCX), %rcx
  movq HANDOFF(RDX), %rdx
  movq HANDOFF(RSI), %rsi
  movq HANDOFF(RDI), %rdi
  movq HANDOFF(RBP), %rbp
  movq HANDOFF(RSP), %rsp
  movq HANDOFF(RAX), %rax
  jmp *HANDOFF(ENTRY)

  .code32
no_plan:
  leal (no_plan_text - rom_begin)(%ebp), %esi
  movw $UART, %dx
1:
  lodsb
  testb %al, %al
  jz 2f
  outb %al, %dx
  jmp 1b
2:
  hlt
  jmp 2b
no_plan_text:
  .asciz "quiz: the boot ROM found no plan\r\n"
apply_state_end:
