// One of quiz's own output streams (stdout, stderr) with what the program wrote and the reader has
// not taken yet.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.h"

namespace quiz::relay {

class OutputStream {
 public:
  /// `fd` is not owned. Writes to it never block for long, whatever else shares it.
  explicit OutputStream(int fd);

  /// Writes what the reader takes now and keeps the rest.
  void add(std::string_view data);
  /// Writes what the reader takes now.
  void flush();

  /// Where to wait for POLLOUT; -1 when nothing is waiting.
  int wants_write() const { return empty() || broken_ ? -1 : fd(); }
  bool empty() const { return waiting() == 0; }
  /// Bytes that the reader has not taken yet.
  std::size_t waiting() const { return pending_.size() - begin_; }
  /// The reader has gone; everything added is dropped.
  bool broken() const { return broken_; }
  /// Why it broke: errno of the write; EPIPE when the reader closed its end.
  int error_number() const { return error_number_; }
  /// Bytes taken by the reader (or dropped) since the last call.
  std::uint32_t take_progress();

 private:
  int fd() const { return nonblocking_ ? nonblocking_.get() : fd_; }

  int fd_;
  base::Fd nonblocking_;
  std::size_t piece_;  // the most that one write may carry
  std::string pending_;
  std::size_t begin_ = 0;
  std::uint32_t progress_ = 0;
  bool broken_ = false;
  int error_number_ = 0;
};

}  // namespace quiz::relay
