/* What FreeBSD's kernel says when it panics (sys/kern/kern_shutdown.c), and that it then resets the
   machine: with an interrupt that nobody takes. */
#include "guest.h"

void guest(void) {
  const struct table_register none = {0, 0};
  print("panic: a reason\ncpuid = 0\nKDB: stack backtrace:\n#0 somewhere\nRebooting...\n");
  __asm__ volatile("lidt %0\n\tint3" : : "m"(none));
}
