#include "cli/kernel_hints.h"

namespace quiz::cli {

namespace {

struct Hint {
  std::string_view begin;  ///< of the message
  std::string_view part;   ///< that it has, too
  std::string_view text;
};

constexpr Hint kHints[] = {
    {"overlayfs: ", "not supported as upperdir",
     "/ is an overlay itself in the machine and cannot be the upper layer of another one: "
     "mount -t tmpfs none DIR, and put upper and work (or the containers' storage) there, or on a "
     "disk (-p memdev)"},
};

}  // namespace

std::string_view kernel_hint(std::string_view message) {
  for (const Hint& hint : kHints) {
    if (message.starts_with(hint.begin) && message.find(hint.part) != message.npos) {
      return hint.text;
    }
  }
  return {};
}

}  // namespace quiz::cli
