#include "lan/outlet.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace quiz::lan {

namespace {

constexpr std::size_t kMostWaiting = 1000;

}  // namespace

void Outlet::send(std::string frame) {
  if (gone_ || waiting_.size() >= kMostWaiting) return;
  waiting_.push_back(std::move(frame));
  flush();
}

void Outlet::watch(base::PollSet& set) {
  if (!gone_ && !waiting_.empty()) set.add(socket_.get(), POLLOUT, [this] { flush(); });
}

void Outlet::flush() {
  while (!waiting_.empty() && !gone_) {
    const std::string& frame = waiting_.front();
    if (::send(socket_.get(), frame.data(), frame.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == ENOBUFS) return;
      gone_ = errno != EMSGSIZE;
    }
    waiting_.pop_front();
  }
}

}  // namespace quiz::lan
