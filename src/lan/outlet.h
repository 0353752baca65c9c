// A connected datagram socket that takes frames, with those that its reader has not taken yet. A
// reader that does not keep up loses what is too much, as at any network.
#pragma once

#include <deque>
#include <string>

#include "base/fd.h"
#include "base/poll_set.h"

namespace quiz::lan {

class Outlet {
 public:
  explicit Outlet(base::Fd socket) : socket_(std::move(socket)) {}

  void send(std::string frame);
  /// Waits for room while something waits.
  void watch(base::PollSet& set);
  /// The reader is no longer there.
  bool gone() const { return gone_; }
  int socket() const { return socket_.get(); }

 private:
  void flush();

  base::Fd socket_;
  std::deque<std::string> waiting_;
  bool gone_ = false;
};

}  // namespace quiz::lan
