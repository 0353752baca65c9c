#include "relay/wire_link.h"

#include <sys/socket.h>

#include <cerrno>

namespace quiz::relay {

void WireLink::send(wire::Type type, std::uint16_t session, std::string_view payload) {
  // Behind a machine that never quite catches up, what it has taken must not pile up.
  if (sent_ > queue_.size() / 2) {
    queue_.erase(0, sent_);
    sent_ = 0;
  }
  wire::append_message(queue_, type, session, payload);
  flush();
}

void WireLink::flush() {
  while (wants_write()) {
    const ssize_t count =
        ::send(fd_, queue_.data() + sent_, queue_.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count < 0) break;  // nobody is left to take it, which receive() notices
    sent_ += static_cast<std::size_t>(count);
  }
  queue_.clear();
  sent_ = 0;
}

bool WireLink::receive() {
  const auto space = reader_.space();
  const ssize_t count = ::recv(fd_, space.data, space.size, MSG_DONTWAIT);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  reader_.commit(static_cast<std::size_t>(count));
  return count > 0;
}

}  // namespace quiz::relay
