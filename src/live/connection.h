// A connection to a running machine, from the side of who comes: `quiz vm …`.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/fd.h"
#include "live/machines.h"
#include "live/protocol.h"
#include "relay/wire_link.h"
#include "wire/messages.h"

namespace quiz::live {

class Connection {
 public:
  /// Its owner looks at the socket between two turns of its loop.
  static constexpr std::chrono::milliseconds kPatience{5000};

  /// Says hello and waits for the answer. Throws base::Error: nobody is there any more, or it is
  /// somebody else's, or its owner is stopped, or of a version that this one does not speak.
  explicit Connection(const Found& machine, std::chrono::milliseconds patience = kPatience);

  const std::string& name() const { return name_; }
  /// Of the owning quiz.
  pid_t owner() const { return owner_; }
  relay::WireLink& link() { return link_; }

  /// Throws as above.
  Description describe();
  /// Asks for the machine's end (nullopt: only waits), and returns what it was; there is no limit
  /// to how long that may take.
  Over wait_for_end(std::optional<Stop> stop);

  /// Asks for something that is just done. Throws as above.
  void ask(Type type, std::string_view payload);
  /// A disk comes; returns its name when the guest has it. Throws as above, and where it is
  /// refused.
  std::string plug(const Plug& wanted);
  /// A disk goes; returns when the guest has noticed. Throws as above, and where it is refused.
  void unplug(const std::string& disk);
  /// Throws as above.
  Stats fetch_stats();
  /// A debugger comes; what follows is debug_data. Throws as above, and where it is refused.
  void begin_debugging();
  /// What the guest's kernel has in its log; waits for a machine that boots. Throws as above.
  std::vector<wire::Log> fetch_log();

  /// Where its end came without a word.
  static Over vanished();

 private:
  base::Error refusal(std::string_view reason) const;
  /// What comes with it. Throws base::Error, also where it is refused.
  std::string receive_answer(Type answer, std::chrono::milliseconds patience);
  /// The next frame; nullopt when the connection has ended. Throws base::Error if none comes in
  /// time.
  std::optional<wire::Frame> receive(std::optional<std::chrono::milliseconds> patience);

  std::string name_;
  std::chrono::milliseconds patience_;
  pid_t owner_ = 0;
  base::Fd socket_;
  relay::WireLink link_{-1};
};

}  // namespace quiz::live
