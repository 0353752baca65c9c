// Descriptors 0 to 2: that they are open before anything else is opened, and printing to the first
// of them that people read. Used by main and by the commands.
#pragma once

#include <string_view>

namespace quiz::cli {

/// Which of the standard streams the caller had closed. They are open on /dev/null now, so that no
/// file of ours gets their numbers; the program's are to be treated as empty (stdin) or as going
/// nowhere.
struct ClosedStreams {
  bool input = false;
  bool output = false;
  bool error = false;
};

/// Call it first in main. Throws SystemError if there is no /dev/null.
ClosedStreams open_standard_streams();

/// Writes to stdout, for the commands whose answer is a text; to a terminal nothing that could act
/// on it (names, descriptions and settings are a project's or a package's words, too). If the
/// reader has gone, quiz ends by SIGPIPE as other programs do. Throws SystemError (a full disk).
void print(std::string_view text);

}  // namespace quiz::cli
