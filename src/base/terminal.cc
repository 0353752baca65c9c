#include "base/terminal.h"

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "base/error.h"

namespace quiz::base {

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

std::optional<TerminalSize> terminal_size(int fd) {
  winsize size = {};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0) return std::nullopt;
  return TerminalSize{size.ws_row, size.ws_col};
}

bool same_file(int a, int b) {
  struct stat first = {};
  struct stat second = {};
  return ::fstat(a, &first) == 0 && ::fstat(b, &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino && first.st_rdev == second.st_rdev;
}

bool in_foreground(int terminal) {
  const pid_t group = ::tcgetpgrp(terminal);
  return group < 0 || group == ::getpgrp();  // < 0: not our controlling terminal, so no job control
}

Fd reopen_nonblocking(int fd) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0 || !(S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode)))
    return {};
  const std::string path = "/dev/fd/" + std::to_string(fd);
  return Fd(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
}

RawTerminal::RawTerminal(int terminal) : terminal_(terminal) {
  if (::tcgetattr(terminal_, &before_) != 0) throw SystemError("cannot read the terminal's mode");
  termios raw = before_;
  ::cfmakeraw(&raw);
  if (::tcsetattr(terminal_, TCSADRAIN, &raw) != 0) {
    throw SystemError("cannot set the terminal's mode");
  }
}

RawTerminal::~RawTerminal() { ::tcsetattr(terminal_, TCSADRAIN, &before_); }

}  // namespace quiz::base
