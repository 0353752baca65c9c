// One output of a program as init sees it: the read end of a pipe, or a pty's master, which is sent
// to the host within the credit that it granted. Knows when everything that the program wrote has
// been sent, although processes that it left behind may go on writing.
#pragma once

#include <cstdint>
#include <optional>

#include "base/fd.h"
#include "wire_port.h"

namespace quiz::init {

class ProgramOutput {
 public:
  enum class Kind { pipe, terminal };

  /// There is none.
  ProgramOutput() = default;
  /// `fd` does not block.
  ProgramOutput(base::Fd fd, Kind kind) : fd_(std::move(fd)), kind_(kind) {}

  void grant(std::uint64_t bytes) { credit_ += bytes; }
  void close() { fd_.reset(); }

  /// The descriptor to wait for; -1 while nothing is to be read.
  int wants_read() const;
  /// Sends what is there as one frame of `session`; an end, too.
  void send(WirePort& port, wire::Stream stream, std::uint16_t session);
  /// The program has ended: only what is in the pipe or terminal by now will still be sent.
  void program_ended();
  /// All of that was sent.
  bool drained() const { return !fd_ || left_ == std::uint64_t{0}; }

 private:
  base::Fd fd_;
  Kind kind_ = Kind::pipe;
  std::uint64_t credit_ = wire::kInitialCredit;
  std::optional<std::uint64_t> left_;  ///< after the program's end: the most that is to be sent
  std::uint64_t rests_until_ns_ = 0;   ///< nobody has the terminal open
};

}  // namespace quiz::init
