// The sessions of a machine by their ids. The guest is not trusted with ids: what it says of a
// session that has ended is passed over, and what it says of one that never was is told apart, so
// that the wire of a guest that makes them up is not believed any more.
#pragma once

#include <bitset>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "relay/session.h"

namespace quiz::relay {

/// The user's program and the shell after it have the ids below; all others get this one or above.
inline constexpr std::uint16_t kFirstOtherSession = 3;

class Sessions {
 public:
  /// What became of a frame.
  enum class Served {
    yes,
    passed_over,  ///< of a session that has ended; the guest may not know yet
    garbage,      ///< of no session there ever was, or nothing that a guest may say of it
  };

  explicit Sessions(WireLink& link) : link_(link) {}

  /// Asks the guest to start a program in the session `id`, which must be free().
  Session& begin(std::uint16_t id, const wire::Exec& exec, Ends ends);
  Served serve(const wire::Frame& frame);
  /// Closes the session's ends. What the guest still says of it is passed over.
  void end(std::uint16_t id);

  /// None goes by this id, and the guest knows of none.
  bool free(std::uint16_t id) const { return !live_.contains(id) && !left_[id]; }
  /// A free id from kFirstOtherSession on that was in use least lately; nothing if all are.
  std::optional<std::uint16_t> new_id();
  /// nullptr if it has ended or never was.
  Session* find(std::uint16_t id);
  std::size_t size() const { return live_.size(); }

  /// After the machine has taken what it was sent (Session::catch_up).
  void catch_up();
  template <typename Action>
  void for_each(const Action& action) {
    for (const auto& [id, session] : live_) action(*session);
  }

 private:
  static constexpr std::size_t kIds = std::size_t{1} << 16;

  WireLink& link_;
  std::map<std::uint16_t, std::unique_ptr<Session>> live_;
  std::uint16_t newest_ = 0;  // of new_id()
  std::bitset<kIds> begun_;   // at any time
  std::bitset<kIds> left_;    // ended here before the guest said so
};

}  // namespace quiz::relay
