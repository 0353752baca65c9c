#include "relay/streams.h"

#include <sys/stat.h>

#include "base/terminal.h"

namespace quiz::relay {

using wire::StreamKind;

namespace {

/// What is read of it is gone for whoever reads after us.
bool is_used_up(int fd) {
  struct stat status = {};
  return ::fstat(fd, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
}

}  // namespace

StreamPlan plan_streams(const std::array<bool, 3>& open, PtyChoice choice, bool eager) {
  StreamPlan plan;
  std::array<bool, 3> terminal{};
  for (int i = 0; i < 3; ++i) {
    const auto index = static_cast<std::size_t>(i);
    plan.kinds[index] = open[index] ? StreamKind::pipe : StreamKind::closed;
    terminal[index] = open[index] && base::is_terminal(i);
  }
  if (open[0] && !eager && is_used_up(0)) plan.kinds[0] = StreamKind::asked;
  plan.uses_pty = choice == PtyChoice::force || (choice == PtyChoice::automatic && terminal[1]);
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
