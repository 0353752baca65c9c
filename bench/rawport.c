/* The floor of the guest's output: an init that loads the modules of quiz's initramfs and writes
 * RAWPORT_MIB MiB to the only virtio port there is, in pieces of 64 KiB, without protocol, pipe or
 * credit. bench/run measures how fast they arrive.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef RAWPORT_MIB
#define RAWPORT_MIB 512
#endif

static char piece[65536];

static void load_modules(void) {
  char name[256];
  char path[300];
  FILE* order = fopen("/modules/order", "r");
  while (order != NULL && fgets(name, sizeof name, order) != NULL) {
    name[strcspn(name, "\n")] = '\0';
    snprintf(path, sizeof path, "/modules/%s", name);
    const int file = open(path, O_RDONLY);
    syscall(SYS_finit_module, file, "", 0);
    close(file);
  }
}

int main(void) {
  load_modules();
  mkdir("/dev", 0755);
  mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
  int port = -1;
  while (port < 0) { /* the number of the device depends on its place among the virtio devices */
    char path[] = "/dev/vportXp1";
    for (char digit = '0'; digit <= '9' && port < 0; ++digit) {
      path[10] = digit;
      port = open(path, O_WRONLY | O_NONBLOCK);
    }
  }
  for (long left = (long)RAWPORT_MIB * 1024 * 1024; left > 0;) {
    const size_t wanted = left < (long)sizeof piece ? (size_t)left : sizeof piece;
    const ssize_t count = write(port, piece, wanted);
    if (count > 0) {
      left -= count;
    } else {
      struct pollfd polled = {port, POLLOUT, 0};
      poll(&polled, 1, -1);
    }
  }
  for (;;) pause(); /* the host kills us when it has everything */
}
