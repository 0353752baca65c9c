// One session as the host sees it: moves the bytes of one program's streams between quiz's own
// descriptors and the wire, within the credit, and keeps how the program ended. State is per
// session, so that several can run on one machine.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "relay/output_stream.h"
#include "relay/wire_link.h"
#include "wire/messages.h"

namespace quiz::relay {

/// The descriptors that a session is connected to; not owned, -1 for none.
struct SessionDescriptors {
  int in = -1;
  int out = -1;
  int err = -1;
};

class SessionRelay {
 public:
  SessionRelay(std::uint16_t id, SessionDescriptors descriptors, WireLink& link);

  /// Asks the guest to start the program.
  void start(const wire::Exec& exec);

  /// A frame of this session. False when it is none that a guest may send: the wire cannot be
  /// trusted any more.
  bool serve(const wire::Frame& frame);

  bool started() const { return started_; }
  /// How the program ended, once it is known.
  const std::optional<wire::Exit>& exit() const { return exit_; }
  /// Ended, and everything it wrote has been taken by our readers.
  bool finished() const;

  // Input: the caller polls and reads, because a terminal's keys need looking at.
  /// How much may be read from the input now; 0 when the program takes none.
  std::size_t input_room() const;
  bool input_open() const { return input_open_; }
  void send_input(std::string_view data);
  /// Bytes that the guest was sent.
  std::uint64_t input_sent() const { return input_sent_; }
  void end_input();

  // Output.
  int wants_write(wire::Stream stream) const;
  void write_output(wire::Stream stream);
  /// errno of the write that broke one of our outputs, other than EPIPE; 0 if none did.
  int output_error() const;

  void resize(wire::WindowSize window);
  void signal(int number, bool whole_group);

 private:
  struct Output {
    explicit Output(int fd) : stream(fd) {}
    OutputStream stream;
    std::uint64_t granted = wire::kInitialCredit;
    std::uint32_t due = 0;  // progress not granted anew yet
    bool closed_told = false;
  };

  std::optional<Output>& output(wire::Stream stream) {
    return stream == wire::Stream::err ? err_ : out_;
  }
  const std::optional<Output>& output(wire::Stream stream) const {
    return stream == wire::Stream::err ? err_ : out_;
  }
  bool take_output(wire::Stream stream, std::string_view data);
  void settle(wire::Stream stream);
  void flush_input();

  std::uint16_t id_;
  WireLink& link_;
  bool started_ = false;
  bool input_open_;
  bool input_ending_ = false;
  std::uint64_t input_credit_ = wire::kInitialCredit;
  std::uint64_t input_sent_ = 0;
  std::string input_;  // typed or read, beyond the credit
  std::optional<Output> out_;
  std::optional<Output> err_;
  std::optional<wire::Exit> exit_;
};

}  // namespace quiz::relay
