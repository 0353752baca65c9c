#include "relay/boot_log.h"

#include <utility>

namespace quiz::relay {

namespace {

/// The kernel's log is as long as its buffer (128 KiB to some megabytes), unless the guest makes it
/// up.
constexpr std::size_t kMostMessages = 100'000;
constexpr std::size_t kMostBytes = std::size_t{16} << 20;

}  // namespace

void BootLog::add(wire::Log log) {
  const bool room =
      dropped_ == 0 && messages_.size() < kMostMessages && bytes_ + log.text.size() <= kMostBytes;
  if (!room) {
    ++dropped_;
    return;
  }
  bytes_ += log.text.size();
  messages_.push_back(std::move(log));
}

}  // namespace quiz::relay
