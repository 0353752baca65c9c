// The PC's clock and its memory, an MC146818: tells the host's time in UTC. It sends no interrupts.
// Source: Motorola, MC146818A data sheet; the memory's sizes: IBM PC AT Technical Reference.
#pragma once

#include <time.h>

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>

#include "vmm/ports.h"

namespace quiz::vmm {

class RealTimeClock final : public PortDevice {
 public:
  static constexpr std::uint16_t kPort = 0x70;
  static constexpr std::uint16_t kPorts = 2;

  /// `low_memory`: bytes below 4 GiB. `now` tells the time.
  RealTimeClock(std::uint64_t low_memory, std::uint64_t memory, std::function<timespec()> now);

  std::uint8_t read(unsigned offset) override;
  void write(unsigned offset, std::uint8_t value) override;

 private:
  std::uint8_t time_register(unsigned index) const;

  std::function<timespec()> now_;
  std::mutex mutex_;
  std::uint8_t index_ = 0;
  std::array<std::uint8_t, 128> memory_{};
};

}  // namespace quiz::vmm
