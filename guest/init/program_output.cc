#include "program_output.h"

#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>

#include "monotonic_clock.h"
#include "wire/messages.h"

namespace quiz::init {

namespace {

/// No pty holds more between its two ends (drivers/tty: its buffers take 8 KiB, the line discipline
/// 4 KiB), and none tells how much it holds.
constexpr std::uint64_t kTerminalHolds = std::uint64_t{64} * 1024;

/// How often a terminal that nobody has open is looked at. poll reports it all the time.
constexpr std::uint64_t kRestNs = 100'000'000;

}  // namespace

int ProgramOutput::wants_read() const {
  if (drained() || credit_ == 0) return -1;
  if (rests_until_ns_ != 0 && !left_ && monotonic_ns() < rests_until_ns_) return -1;
  return fd_.get();
}

void ProgramOutput::send(WirePort& port, wire::Stream stream, std::uint16_t session) {
  const wire::Type type =
      stream == wire::Stream::err ? wire::Type::stderr_data : wire::Type::stdout_data;
  const std::uint64_t limit =
      std::min({credit_, left_.value_or(credit_), std::uint64_t{wire::kMaxPayload}});
  const ssize_t count = port.send_from(fd_.get(), type, session, static_cast<std::size_t>(limit));
  if (count > 0) {
    credit_ -= static_cast<std::uint64_t>(count);
    if (left_) *left_ -= static_cast<std::uint64_t>(count);
    rests_until_ns_ = 0;
    return;
  }
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
    if (left_ && errno == EAGAIN) left_ = 0;
    return;
  }
  // The end of a pipe, or EIO: nobody has the terminal open. As long as the program lives it might
  // open it again.
  if (count < 0 && !left_ && kind_ == Kind::terminal) {
    rests_until_ns_ = monotonic_ns() + kRestNs;
    return;
  }
  fd_.reset();
  port.send(wire::Type::eof, session, wire::StreamEnd{stream}.encode());
}

void ProgramOutput::program_ended() {
  left_ = kTerminalHolds;
  if (kind_ == Kind::terminal || !fd_) return;
  int unread = 0;
  if (::ioctl(fd_.get(), FIONREAD, &unread) != 0) return;
  left_ = static_cast<std::uint64_t>(unread);
}

}  // namespace quiz::init
