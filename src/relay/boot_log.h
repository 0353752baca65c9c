// The kernel's log as the guest tells it at the end of a run: as much of it as there is room for.
#pragma once

#include <cstddef>
#include <vector>

#include "wire/messages.h"

namespace quiz::relay {

class BootLog {
 public:
  /// From the first message that finds no room on, all are dropped.
  void add(wire::Log log);
  /// How many messages were.
  std::size_t dropped() const { return dropped_; }
  std::vector<wire::Log> take() { return std::move(messages_); }

 private:
  std::vector<wire::Log> messages_;
  std::size_t bytes_ = 0;
  std::size_t dropped_ = 0;
};

}  // namespace quiz::relay
