// Whether anyone waits for what comes out of a pipe. The kernel tells no writer of that, so the
// processes are looked at: which of them have the pipe, and in which system call they stand.
#pragma once

#include <sys/types.h>

namespace quiz::init {

/// True if a thread of any process stands in a read of this pipe, or waits in poll, select or
/// epoll_wait until it can be read. A program that only ever looks without waiting is never seen.
/// `pipe`: its inode, the same for both ends; `from`: the least number of a process that is looked
/// at. Reads /proc; needs the right to trace the processes.
bool is_awaited(ino_t pipe, pid_t from = 0);

}  // namespace quiz::init
