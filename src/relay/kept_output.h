// Output that is only of interest when its program fails: the last part of it is kept, in memory.
#pragma once

#include <string>
#include <utility>

#include "relay/sink.h"

namespace quiz::relay {

class KeptOutput final : public Sink {
 public:
  explicit KeptOutput(std::size_t most) : most_(most) {}

  void add(std::string_view data) override {
    progress_ += static_cast<std::uint32_t>(data.size());
    text_ += data;
    if (text_.size() > most_) text_.erase(0, text_.size() - most_);
  }
  std::uint32_t take_progress() override { return std::exchange(progress_, 0); }

  /// The last part of what came.
  const std::string& text() const { return text_; }

 private:
  std::size_t most_;
  std::uint32_t progress_ = 0;
  std::string text_;
};

}  // namespace quiz::relay
