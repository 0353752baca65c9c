// A descriptor that takes output (quiz's own stdout and stderr, a socket) with what the program
// wrote and the reader has not taken yet.
#pragma once

#include <string>

#include "base/fd.h"
#include "relay/sink.h"

namespace quiz::relay {

class OutputStream final : public Sink {
 public:
  /// `fd` is not owned. Writes to it never block for long, whatever else shares it.
  explicit OutputStream(int fd);

  void add(std::string_view data) override;
  void flush() override;
  int wants_write() const override { return empty() || broken_ ? -1 : fd(); }
  bool empty() const override { return waiting() == 0; }
  /// Bytes that the reader has not taken yet.
  std::size_t waiting() const { return pending_.size() - begin_; }
  bool broken() const override { return broken_; }
  int error_number() const override { return error_number_; }
  std::uint32_t take_progress() override;

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
