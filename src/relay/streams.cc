#include "relay/streams.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/terminal.h"

namespace quiz::relay {

using wire::StreamKind;

namespace {

/// A stdin that is no terminal. What read(2) says of it is the program's to hear; what is read of a
/// pipe or socket is gone for whoever reads after us.
StreamKind kind_of_input(bool eager) {
  struct stat status = {};
  const bool known = ::fstat(STDIN_FILENO, &status) == 0;
  if (known && S_ISDIR(status.st_mode)) return StreamKind::directory;
  const int flags = ::fcntl(STDIN_FILENO, F_GETFL);
  const bool readable = flags < 0 || ((flags & O_ACCMODE) != O_WRONLY && (flags & O_PATH) == 0);
  if (!readable) return StreamKind::unreadable;
  const bool used_up = known && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
  return used_up && !eager ? StreamKind::asked : StreamKind::pipe;
}

}  // namespace

StreamPlan plan_streams(const std::array<bool, 3>& open, std::optional<bool> pty, bool eager) {
  StreamPlan plan;
  std::array<bool, 3> terminal{};
  for (int i = 0; i < 3; ++i) {
    const auto index = static_cast<std::size_t>(i);
    plan.kinds[index] = open[index] ? StreamKind::pipe : StreamKind::closed;
    terminal[index] = open[index] && base::is_terminal(i);
  }
  if (open[0]) plan.kinds[0] = kind_of_input(eager);
  plan.uses_pty = pty.value_or(terminal[1]);
  if (plan.uses_pty) {
    plan.kinds[1] = StreamKind::pty;
    if (terminal[0]) {
      plan.kinds[0] = StreamKind::pty;
      plan.raw_input = true;
    }
  }
  if (!open[2]) return plan;
  // stderr has its own pipe unless it is the very thing that stdout is: then their order must be
  // kept.
  if (open[1] && base::same_file(1, 2)) {
    plan.kinds[2] = plan.uses_pty ? StreamKind::pty : StreamKind::joined;
  }
  return plan;
}

}  // namespace quiz::relay
