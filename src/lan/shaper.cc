#include "lan/shaper.h"

#include <algorithm>
#include <utility>

namespace quiz::lan {

namespace {

/// A second of full frames at 100 Mbit/s, which is more than there will be.
constexpr std::size_t kMostLate = 8192;

}  // namespace

void Shaper::set(const relay::LinkState& state) {
  down_ = state.down.value_or(down_);
  loss_ = state.loss.value_or(loss_);
  if (state.delay_ms) delay_ = std::chrono::milliseconds(*state.delay_ms);
  if (down_) late_.clear();
}

void Shaper::add(std::string frame, Clock::time_point now) {
  if (down_ || late_.size() >= kMostLate) return;
  if (loss_ > 0 && std::uniform_int_distribution<unsigned>(0, 999)(random_) < loss_) return;
  // None overtakes another when the delay has become less.
  const auto due = late_.empty() ? now + delay_ : std::max(now + delay_, late_.back().due);
  late_.push_back({due, std::move(frame)});
}

std::optional<std::string> Shaper::take(Clock::time_point now) {
  if (late_.empty() || late_.front().due > now) return std::nullopt;
  std::string frame = std::move(late_.front().frame);
  late_.pop_front();
  return frame;
}

int Shaper::until_next(Clock::time_point now) const {
  if (late_.empty()) return -1;
  const auto rest = std::chrono::ceil<std::chrono::milliseconds>(late_.front().due - now).count();
  return static_cast<int>(std::max<long long>(rest, 0));
}

}  // namespace quiz::lan
