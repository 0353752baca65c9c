// Terminals: what a descriptor is connected to, its size, and raw mode with an owner.
#pragma once

#include <termios.h>

#include <optional>

#include "base/fd.h"

namespace quiz::base {

struct TerminalSize {
  unsigned short rows = 0;
  unsigned short columns = 0;
};

bool is_terminal(int fd);
/// Nothing if `fd` is no terminal.
std::optional<TerminalSize> terminal_size(int fd);
/// Both descriptors are open on the same device, pipe, socket or file.
bool same_file(int a, int b);
/// The calling process may read from and change its controlling terminal without being stopped.
bool in_foreground(int terminal);

/// A descriptor that never blocks and writes to the same pipe or terminal as `fd`. Setting
/// O_NONBLOCK on `fd` itself would change it for every process that shares the open file, so this
/// is an open file of its own; none where that is not possible (a socket, a regular file, which
/// does not block).
Fd reopen_nonblocking(int fd);

/// The terminal is raw while this lives.
class RawTerminal {
 public:
  /// Throws SystemError if `terminal` (not owned) cannot be changed.
  explicit RawTerminal(int terminal);
  ~RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

 private:
  int terminal_;
  termios before_ = {};
};

}  // namespace quiz::base
