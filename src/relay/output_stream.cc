#include "relay/output_stream.h"

#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/terminal.h"

namespace quiz::relay {

OutputStream::OutputStream(int fd) : fd_(fd), nonblocking_(base::reopen_nonblocking(fd)) {
  struct stat status = {};
  const bool file = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
  // Where only a blocking descriptor is to be had, POLLOUT promises room for PIPE_BUF bytes.
  piece_ = nonblocking_ || file ? std::size_t{1} << 20 : PIPE_BUF;
}

void OutputStream::add(std::string_view data) {
  // Behind a reader that never quite catches up, what it has taken must not pile up.
  if (begin_ > pending_.size() / 2) {
    pending_.erase(0, begin_);
    begin_ = 0;
  }
  pending_ += data;
  flush();
}

void OutputStream::flush() {
  while (!empty() && !broken_) {
    if (!nonblocking_) {
      pollfd polled = {fd_, POLLOUT, 0};
      if (::poll(&polled, 1, 0) <= 0) return;
    }
    const ssize_t count =
        ::write(fd(), pending_.data() + begin_, std::min(pending_.size() - begin_, piece_));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count < 0) {  // EPIPE: the reader has gone; EIO: the terminal; ENOSPC: the disk
      broken_ = true;
      error_number_ = errno;
      break;
    }
    begin_ += static_cast<std::size_t>(count);
    progress_ += static_cast<std::uint32_t>(count);
  }
  if (broken_) progress_ += static_cast<std::uint32_t>(pending_.size() - begin_);
  pending_.clear();
  begin_ = 0;
}

std::uint32_t OutputStream::take_progress() { return std::exchange(progress_, 0); }

}  // namespace quiz::relay
