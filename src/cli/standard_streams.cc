#include "cli/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/error.h"
#include "base/files.h"
#include "base/printable.h"

namespace quiz::cli {

namespace {

/// True if `fd` had been closed. Opened in ascending order, /dev/null gets the lowest free number,
/// which is `fd`.
bool open_if_closed(int fd) {
  if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) return false;
  if (::open("/dev/null", fd == STDIN_FILENO ? O_RDONLY : O_WRONLY) != fd) {
    throw base::SystemError("cannot open /dev/null");
  }
  return true;
}

}  // namespace

ClosedStreams open_standard_streams() {
  ClosedStreams closed;
  closed.input = open_if_closed(STDIN_FILENO);
  closed.output = open_if_closed(STDOUT_FILENO);
  closed.error = open_if_closed(STDERR_FILENO);
  return closed;
}

void print(std::string_view text) {
  try {
    const bool terminal = ::isatty(STDOUT_FILENO) == 1;
    base::write_all(STDOUT_FILENO, terminal ? base::printable(text) : std::string(text),
                    "standard output");
  } catch (const base::SystemError& error) {
    if (error.error_number() != EPIPE) throw;
    std::signal(SIGPIPE, SIG_DFL);
    std::raise(SIGPIPE);
    throw;
  }
}

}  // namespace quiz::cli
