#include "relay/hook.h"

#include <cstring>

namespace quiz::relay {

namespace {

/// Taint flags of the guest's kernel (Documentation/admin-guide/tainted-kernels.rst): bad page,
/// died in an oops.
constexpr std::uint64_t kTaintBadPage = 1 << 5;
constexpr std::uint64_t kTaintDied = 1 << 7;

}  // namespace

bool tells_of_oops(const wire::Exit& exit) {
  return (exit.new_taint & (kTaintDied | kTaintBadPage)) != 0;
}

bool is_success(const wire::Exit& exit) {
  return exit.ending == wire::Ending::exited && exit.value == 0;
}

std::string describe_end(const wire::Exit& exit) {
  const std::string reason = std::strerror(static_cast<int>(exit.value));
  switch (exit.ending) {
    case wire::Ending::exited:
      return "exited with status " + std::to_string(exit.value & 0xff);
    case wire::Ending::signalled:
      return "was killed by signal " + std::to_string(exit.value & 0x7f);
    case wire::Ending::cannot_execute:
      return "cannot be run: " + reason;
    case wire::Ending::cannot_prepare:
      break;
  }
  return "cannot be run: cannot " + exit.detail + ": " + reason;
}

}  // namespace quiz::relay
