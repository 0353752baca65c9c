// The host's end of the wire: frames in (bounded, from a guest that is not trusted) and frames out
// (queued).
#pragma once

#include <optional>
#include <string>

#include "wire/codec.h"

namespace quiz::relay {

class WireLink {
 public:
  /// `fd` is a nonblocking stream socket, not owned.
  explicit WireLink(int fd) : fd_(fd) {}

  int fd() const { return fd_; }

  void send(wire::Type type, std::uint16_t session, std::string_view payload);
  bool wants_write() const { return sent_ < queue_.size(); }
  /// Bytes that the machine has not taken yet.
  std::size_t backlog() const { return queue_.size() - sent_; }
  /// False while so much has not been taken that more input has to wait.
  bool takes_input() const { return backlog() < std::size_t{256} << 10; }
  /// False for a guest that writes on and on and reads nothing, since grants of credit would pile
  /// up: those that wait bound what it may still write. One that had nothing to read but input and
  /// credit never comes to this.
  bool takes_credit() const { return backlog() <= std::size_t{512} << 10; }
  void flush();

  /// Reads once. False when the other side has closed.
  bool receive();
  std::optional<wire::Frame> next() { return reader_.next(); }
  bool broken() const { return reader_.broken(); }

 private:
  int fd_;
  wire::FrameReader reader_;
  std::string queue_;
  std::size_t sent_ = 0;
};

}  // namespace quiz::relay
