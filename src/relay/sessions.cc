#include "relay/sessions.h"

#include <cassert>

namespace quiz::relay {

namespace {

/// What a guest says of a session.
bool is_of_session(std::uint16_t type) {
  switch (static_cast<wire::Type>(type)) {
    case wire::Type::started:
    case wire::Type::stdout_data:
    case wire::Type::stderr_data:
    case wire::Type::eof:
    case wire::Type::credit:
    case wire::Type::exit:
      return true;
    default:
      return false;
  }
}

}  // namespace

Session& Sessions::begin(std::uint16_t id, const wire::Exec& exec, Ends ends) {
  assert(free(id));
  begun_[id] = true;
  auto& session = live_[id];
  session = std::make_unique<Session>(id, std::move(ends), link_);
  session->start(exec);
  return *session;
}

Sessions::Served Sessions::serve(const wire::Frame& frame) {
  if (!is_of_session(frame.type) || !begun_[frame.session]) return Served::garbage;
  const auto found = live_.find(frame.session);
  if (found == live_.end()) {
    const bool last = frame.type == static_cast<std::uint16_t>(wire::Type::exit);
    if (last) left_[frame.session] = false;
    return Served::passed_over;
  }
  // That was the last frame of it, although its readers may not have taken everything yet.
  if (found->second->exit()) return Served::passed_over;
  return found->second->serve(frame) ? Served::yes : Served::garbage;
}

void Sessions::end(std::uint16_t id) {
  const auto found = live_.find(id);
  if (found == live_.end()) return;
  left_[id] = !found->second->exit();
  live_.erase(found);
}

std::optional<std::uint16_t> Sessions::new_id() {
  for (std::size_t tries = kFirstOtherSession; tries < kIds; ++tries) {
    const bool begin_again = newest_ < kFirstOtherSession || newest_ == kIds - 1;
    newest_ = begin_again ? kFirstOtherSession : static_cast<std::uint16_t>(newest_ + 1);
    if (free(newest_)) return newest_;
  }
  return std::nullopt;
}

Session* Sessions::find(std::uint16_t id) {
  const auto found = live_.find(id);
  return found == live_.end() ? nullptr : found->second.get();
}

void Sessions::catch_up() {
  for (const auto& [id, session] : live_) session->catch_up();
}

}  // namespace quiz::relay
