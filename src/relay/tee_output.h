// The output of a program with a terminal, with those who look on: they are shown what is printed
// from now on, and first the last of what was. Nobody who looks on holds the program up. Where its
// own terminal has been left they are the only ones.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "relay/sink.h"
#include "wire/messages.h"

namespace quiz::relay {

/// Somebody who looks on.
class Onlooker {
 public:
  virtual void show(std::string_view printed) = 0;
  /// Of the terminal on which it is shown; all zero: of any size.
  virtual wire::WindowSize window() const = 0;
  /// The program has ended; nothing more is shown.
  virtual void ended(const wire::Exit& exit) = 0;

 protected:
  ~Onlooker() = default;
};

class TeeOutput final : public Sink {
 public:
  explicit TeeOutput(std::unique_ptr<Sink> target) : target_(std::move(target)) {}

  void add(std::string_view data) override {
    recent_ += data;
    if (recent_.size() > 2 * kMostRecent) recent_.erase(0, recent_.size() - kMostRecent);
    for (Onlooker* const onlooker : onlookers_) onlooker->show(data);
    waiting_ += static_cast<std::uint32_t>(data.size());
    if (target_) target_->add(data);
  }
  void flush() override {
    if (target_) target_->flush();
  }
  int wants_write() const override { return target_ ? target_->wants_write() : -1; }
  bool empty() const override { return !target_ || target_->empty(); }
  bool broken() const override { return target_ && target_->broken(); }
  int error_number() const override { return target_ ? target_->error_number() : 0; }
  std::uint32_t take_progress() override {
    const std::uint32_t progress = target_ ? target_->take_progress() : waiting_;
    waiting_ -= progress;
    return progress;
  }

  /// Nobody takes it at its own end any more; what waits there is dropped.
  void leave_target() { target_.reset(); }

  /// Outlives this, or is taken away before. Must not come or go while it is shown something.
  void join(Onlooker& onlooker) {
    const std::size_t begin = recent_.size() - std::min(recent_.size(), kMostRecent);
    onlooker.show(std::string_view(recent_).substr(begin));
    onlookers_.push_back(&onlooker);
  }
  void leave(Onlooker& onlooker) { std::erase(onlookers_, &onlooker); }
  const std::vector<Onlooker*>& onlookers() const { return onlookers_; }

 private:
  static constexpr std::size_t kMostRecent = std::size_t{60} << 10;  // one frame

  std::unique_ptr<Sink> target_;
  std::uint32_t waiting_ = 0;  // added, and not taken
  std::string recent_;
  std::vector<Onlooker*> onlookers_;
};

}  // namespace quiz::relay
