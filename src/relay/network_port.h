// The machine's place at a network of machines, as the relay serves it in its loop (src/lan has
// one), and what may be done to the way there.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/poll_set.h"

namespace quiz::relay {

/// What becomes of the frames of one machine. Losses and delays are of those that it sends.
struct LinkState {
  std::optional<bool> down{};          ///< nothing goes either way; unsaid: as before
  std::optional<unsigned> loss{};      ///< of 1000 frames so many are lost; "
  std::optional<unsigned> delay_ms{};  ///< "
};

class NetworkPort {
 public:
  virtual ~NetworkPort() = default;
  /// Before each turn of the relay's loop: what waits goes into the set, and what is due is sent.
  virtual void watch(base::PollSet& set) = 0;
  /// Until something is due; -1: nothing waits for its time.
  virtual int until_next() const = 0;
  virtual void set_link(const LinkState& state) = 0;
  /// The machines at that network and their addresses as lines of /etc/hosts, if they have changed
  /// since it was asked last.
  virtual std::optional<std::string> take_hosts() = 0;
};

}  // namespace quiz::relay
