// From an Exec message to a running process: streams, session, identity, limits, directory, execve.
// Streams and process are made in two steps, because another process than the one that reads and
// writes the streams may start the program (launcher.h).
#pragma once

#include <sys/types.h>

#include <array>
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

/// The program's ends; one that is not there is closed in the program.
struct ProgramStreams {
  std::array<base::Fd, wire::kStreams> ends;
  base::Fd slave;  ///< the terminal that it shall have; may be none
};

/// The first step: makes the streams; ours are put into `launched`. False with errno if that fails.
bool open_program_streams(const wire::Exec& exec, Launched& launched, ProgramStreams& theirs);

struct Started {
  pid_t pid = -1;
  wire::Ending failure = wire::Ending::exited;
  int error_number = 0;
  const char* step = "";  ///< what failed
};

/// The second step.
Started start_program(const wire::Exec& exec, const ProgramStreams& streams);

}  // namespace quiz::init
