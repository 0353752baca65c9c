/* The first instructions of a 64-bit guest: keeps the CPU's state, and goes on with a stack of its own
   (stack_end). Changes nothing before it is kept. */
  movq %rax, state + 0x00
  movq %rbx, state + 0x08
  movq %rcx, state + 0x10
  movq %rdx, state + 0x18
  movq %rsi, state + 0x20
  movq %rdi, state + 0x28
  movq %rbp, state + 0x30
  movq %rsp, state + 0x38
  pushfq /* the loader's stack: it must be there */
  popq state + 0x40
  cli /* as in start32.S */
  movq $stack_end, %rsp
  movq %cr0, %rax
  movq %rax, state + 0x48
  movq %cr3, %rax
  movq %rax, state + 0x50
  movq %cr4, %rax
  movq %rax, state + 0x58
  movl $0xc0000080, %ecx
  rdmsr
  movl %eax, state + 0x60
  movw %cs, state + 0x68
  movw %ds, state + 0x6a
  movw %es, state + 0x6c
  movw %fs, state + 0x6e
  movw %gs, state + 0x70
  movw %ss, state + 0x72
  str state + 0x74
  sldt state + 0x76
  sgdt state + 0x78
  sidt state + 0x82
