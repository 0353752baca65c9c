// One session as the host sees it: moves the bytes of one program's streams between its ends and
// the wire, within the credit, and keeps how the program ended. The user's program, a shell after
// it, a hook and whatever else runs in the guest are each one of these, several at once; Sessions
// finds the one that a frame is for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "relay/ends.h"
#include "relay/wire_link.h"
#include "wire/messages.h"

namespace quiz::relay {

class Session {
 public:
  Session(std::uint16_t id, Ends ends, WireLink& link);

  std::uint16_t id() const { return id_; }
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

  // Input. What was read is given to send_input() by whoever reads, since a terminal's keys need
  // looking at.
  /// Where to wait for POLLIN before read_input(); -1 while none is taken.
  int wants_read() const;
  /// What one read of the end yields; its end is passed on.
  std::string read_input();
  /// How much may be read from the input now; 0 when the program takes none.
  std::size_t input_room() const;
  /// How many bytes the guest takes beyond those that it was sent.
  std::uint64_t input_credit() const { return input_credit_; }
  bool input_open() const { return input_open_; }
  void send_input(std::string_view data);
  /// Bytes that the guest was sent.
  std::uint64_t input_sent() const { return input_sent_; }
  /// errno of the read that ended the input; 0 if none did.
  int input_error() const { return input_error_; }
  void end_input();

  // Output.
  /// Where to wait for POLLOUT before write_output(); -1 when nothing is waiting.
  int wants_write(wire::Stream stream) const;
  void write_output(wire::Stream stream);
  /// errno of the write that broke one of our outputs, other than EPIPE; 0 if none did.
  int output_error() const;

  /// Sends what waited for the machine to take what it was sent before: input, and credit.
  void catch_up();

  void resize(wire::WindowSize window);
  void signal(int number, bool whole_group);
  /// The machine does not take what it is sent: whoever has a choice sends nothing more.
  bool congested() const { return !link_.takes_input(); }

 private:
  struct Output {
    std::unique_ptr<Sink> sink;  // none: the program has no such stream
    std::uint64_t granted = wire::kInitialCredit;
    std::uint32_t due = 0;  // progress not granted anew yet
    bool closed_told = false;
  };

  Output& output(wire::Stream stream) { return stream == wire::Stream::err ? err_ : out_; }
  const Output& output(wire::Stream stream) const {
    return stream == wire::Stream::err ? err_ : out_;
  }
  bool take_output(wire::Stream stream, std::string_view data);
  void settle(wire::Stream stream);
  void flush_input();

  std::uint16_t id_;
  WireLink& link_;
  std::vector<base::Fd> owned_;
  int in_;
  bool started_ = false;
  bool input_open_;
  bool input_ending_ = false;
  std::uint64_t input_credit_ = wire::kInitialCredit;
  bool input_asked_ = false;  // nothing is read that the guest has no credit for
  std::uint64_t input_sent_ = 0;
  int input_error_ = 0;
  std::string input_;  // typed or read, beyond the credit
  Output out_;
  Output err_;
  std::optional<wire::Exit> exit_;
};

}  // namespace quiz::relay
