// From an Exec message to a running process: streams, session, identity, limits, directory, execve.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/fd.h"
#include "wire/messages.h"

namespace quiz::init {

struct Launched {
  pid_t pid = -1;  ///< -1: it could not be started, see below
  base::Fd in;     ///< our ends; the master (a duplicate for each use) where the stream is a pty
  base::Fd out;
  base::Fd err;
  base::Fd master;
  wire::Ending failure = wire::Ending::exited;
  int error_number = 0;
  std::string detail;
};

/// Never throws; all descriptors of ours are nonblocking and close-on-exec.
Launched launch(const wire::Exec& exec);

}  // namespace quiz::init
