/* The first instructions of a 32-bit guest: keeps the CPU's state, then calls guest(). Changes nothing
   before it is kept, and needs no stack for that. */
#define STATE(offset) state + offset
  .section .text.start, "ax"
  .code32
  .global start
start:
#ifdef RELOCATABLE
  /* Somewhere else than linked to: find out where, with the four bytes below ESP that may be used, and
     move to the place that the image is linked to. The registers wait in the image itself. */
  movl %esp, 0x5f0
  movl $0x600, %esp
  call 1f
1:
  popl %esp
  leal (image_begin - 1b)(%esp), %esp
  movl %esp, 0x5f4
  movl %esi, 0x5f8
  movl %edi, 0x5fc
  movl %ecx, 0x600
  movl %esp, %esi
  movl $image_begin, %edi
  movl $image_end, %ecx
  subl %edi, %ecx
  cld
  rep movsb
  movl $2f, %ecx
  jmp *%ecx
2:
  movl 0x5f4, %ecx
  movl %ecx, STATE(0x8c)
  movl 0x5f8, %esi
  movl 0x5fc, %edi
  movl 0x600, %ecx
  movl 0x5f0, %esp
#endif
  movl %eax, STATE(0x00)
  movl %ebx, STATE(0x08)
  movl %ecx, STATE(0x10)
  movl %edx, STATE(0x18)
  movl %esi, STATE(0x20)
  movl %edi, STATE(0x28)
  movl %ebp, STATE(0x30)
  movl %esp, STATE(0x38)
  movl $stack_end, %esp
  pushfl
  popl STATE(0x40)
  cli /* where they should have been off and are not, there is still nobody to take one */
  movl %cr0, %eax
  movl %eax, STATE(0x48)
  movl %cr3, %eax
  movl %eax, STATE(0x50)
  movl %cr4, %eax
  movl %eax, STATE(0x58)
  movl $0xc0000080, %ecx
  rdmsr
  movl %eax, STATE(0x60)
  movw %cs, STATE(0x68)
  movw %ds, STATE(0x6a)
  movw %es, STATE(0x6c)
  movw %fs, STATE(0x6e)
  movw %gs, STATE(0x70)
  movw %ss, STATE(0x72)
  str STATE(0x74)
  sldt STATE(0x76)
  sgdt STATE(0x78)
  sidt STATE(0x82)
  call guest
  call finish

  .bss
#include "state_and_stack.inc.S"
