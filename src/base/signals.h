// Signals as something to poll for instead of handlers.
#pragma once

#include <optional>
#include <vector>

#include "base/fd.h"

namespace quiz::base {

/// Takes over the given signals of the process while it lives: they are blocked and read from fd().
/// One that whoever started us wants ignored (nohup) stays ignored.
class SignalSource {
 public:
  /// Throws SystemError.
  explicit SignalSource(const std::vector<int>& signals);
  ~SignalSource();
  SignalSource(const SignalSource&) = delete;
  SignalSource& operator=(const SignalSource&) = delete;

  int fd() const { return fd_.get(); }
  /// The next signal that has arrived, if any.
  std::optional<int> next();

 private:
  Fd fd_;
  std::vector<int> signals_;
};

}  // namespace quiz::base
