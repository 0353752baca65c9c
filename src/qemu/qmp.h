// QEMU's machine protocol (docs/interop/qmp-spec.txt): newline-separated JSON over a socket,
// nothing waited for unless asked. A guest may have taken QEMU over: whatever it says, no more than
// a line of 64 KiB and a thousand events are kept, and no wait is longer than it should be.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace quiz::qemu {

struct QmpEvent {
  std::string name;    ///< "SHUTDOWN", "RESET", "STOP" …
  std::string reason;  ///< data.reason, where there is one: "guest-reset" …
  std::string status;  ///< data.status, where there is one: "completed" …
};

class Qmp {
 public:
  /// `socket` is connected to a monitor in control mode. Leaves the negotiation mode with the first
  /// command.
  explicit Qmp(base::Fd socket);

  int fd() const { return socket_.get(); }

  /// Sends a command; `arguments` is a JSON object's text or empty. Its answer is not waited for.
  void send(const std::string& command, const std::string& arguments = {});
  /// Sends a command and waits for its answer at most `timeout_ms`. True if it succeeded. Events
  /// meanwhile are kept.
  bool call(const std::string& command, const std::string& arguments, int timeout_ms);
  /// The same for a command that answers with a text; nothing if it fails or answers otherwise.
  std::optional<std::string> ask(const std::string& command, const std::string& arguments,
                                 int timeout_ms);
  /// call() with a descriptor that QEMU gets a copy of.
  bool call_with(int fd, const std::string& command, const std::string& arguments, int timeout_ms);
  /// Gives QEMU a descriptor under a name ("getfd"). True if it took it in time.
  bool give_descriptor(int fd, const std::string& name, int timeout_ms);
  /// Waits for an event at most `timeout_ms` and takes it; other events are kept.
  std::optional<QmpEvent> wait_for(const std::function<bool(const QmpEvent&)>& wanted,
                                   int timeout_ms);

  /// Reads what is there without blocking, but no more than 64 KiB. False when QEMU has closed the
  /// connection, or says more than it ever should: nothing is read then any more.
  bool receive();
  std::vector<QmpEvent> take_events();
  /// QEMU has begun to answer: it has made the whole machine.
  bool greeted() const { return greeted_; }
  /// It has answered a command: its main loop runs, so that the machine has all that it needs.
  bool answered() const { return answered_id_ != 0; }

 private:
  std::string message(const std::string& command, const std::string& arguments);
  bool wait_for_answer(std::uint64_t id, int timeout_ms);
  void take(std::string_view bytes);
  void parse_line(const std::string& line);

  base::Fd socket_;
  std::string line_;  // what has come of one
  bool broken_ = false;
  std::vector<QmpEvent> events_;
  std::uint64_t last_id_ = 0;
  std::uint64_t answered_id_ = 0;  // the last one
  bool answered_well_ = false;
  std::optional<std::string> answered_text_;
  bool greeted_ = false;
};

}  // namespace quiz::qemu
