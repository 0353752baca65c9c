// One visitor of a running machine, as the owning quiz has them: a connection, what was asked over
// it, and the session of the program that they run, if any. A visitor that goes away, or says what
// makes no sense, takes that program along and nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/fd.h"
#include "base/poll_set.h"
#include "live/protocol.h"
#include "relay/visitors.h"
#include "relay/wire_link.h"
#include "wire/messages.h"

namespace quiz::live {

class RemoteOutput;

class Visit final : private relay::Onlooker {
 public:
  /// `description`, whose state is filled in when it is told, outlives this.
  Visit(base::Fd socket, const Description& description);
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;
  ~Visit();

  void watch(base::PollSet& set, relay::Visited& visited);
  /// There is nothing more to be told, or nobody to tell it.
  bool finished() const;
  /// The visitor is no longer there.
  bool gone() const { return gone_; }

  // The end of the machine.
  void tell_end(const Over& over);
  /// Where to wait until flush() gets on; -1: everything that was said has been taken.
  int wants_write() const { return gone_ || !link_.wants_write() ? -1 : socket_.get(); }
  void flush() { link_.flush(); }

 private:
  friend class RemoteOutput;

  void read(relay::Visited& visited);
  void take_frames(relay::Visited& visited);
  bool is_full() const;
  bool serve(const wire::Frame& frame, relay::Visited& visited);
  bool serve_program(const wire::Frame& frame);
  bool greet(std::string_view payload);
  bool take_request(std::string_view part, bool more);
  void begin(relay::Visited& visited);
  void begin_log(relay::Visited& visited);
  bool begin_attached(std::string_view payload, relay::Visited& visited);
  bool serve_attached(const wire::Frame& frame, relay::Visited& visited);
  void tell_stats(relay::Visited& visited);
  void begin_debugging(relay::Visited& visited);
  void watch_debugger(base::PollSet& set, relay::Visited& visited);
  void read_debugger(relay::Visited& visited);
  void write_debugger();
  void end(const std::optional<wire::Exit>& exit);
  bool change_disk(Type type, std::string_view payload, relay::Visited& visited);
  void tell_start();
  void tell_input();
  void send(wire::Type type, std::string_view payload);
  void leave(relay::Visited& visited);
  void send_away(relay::Visited& visited);
  void kill_program();
  RemoteOutput* output(wire::Stream stream) const;

  base::Fd socket_;
  relay::WireLink link_;
  const Description& description_;
  bool greeted_ = false;
  bool gone_ = false;  // the visitor; nothing is read or said any more
  bool done_ = false;  // the last thing has been said

  std::string request_;             // an exec under way
  std::optional<wire::Exec> exec_;  // wanted, not begun yet

  bool log_wanted_ = false;   // not asked for yet
  bool log_awaited_ = false;  // the guest has been asked

  bool disk_awaited_ = false;  // the guest is to find one, or to miss it

  bool debugger_wanted_ = false;  // not there yet
  base::Fd debugger_;             // where the machine speaks with the visitor's
  std::string for_debugger_;      // what it has not taken

  // While it is shown the terminal of the machine's program.
  void show(std::string_view printed) override;
  wire::WindowSize window() const override { return attached_->window; }
  void ended(const wire::Exit& exit) override;
  std::optional<Attach> attached_;
  std::uint64_t shown_ = 0;  // and not granted anew
  bool too_slow_ = false;

  // While the program runs.
  relay::Session* session_ = nullptr;
  RemoteOutput* out_ = nullptr;
  RemoteOutput* err_ = nullptr;
  bool start_told_ = false;
  bool input_end_told_ = false;
  bool killed_ = false;
  std::uint64_t input_granted_ = 0;  // in all
  std::uint64_t input_taken_ = 0;    // "
};

}  // namespace quiz::live
