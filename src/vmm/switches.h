// By which ports a guest ends its machine.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "vmm/ports.h"

namespace quiz::vmm {

/// QEMU's isa-debug-exit: what is written decides the process's exit status.
class DebugExit final : public PortDevice {
 public:
  static constexpr std::uint16_t kPort = 0xF4;
  static constexpr std::uint16_t kPorts = 4;

  explicit DebugExit(std::function<void(std::uint8_t)> end) : end_(std::move(end)) {}
  std::uint8_t read(unsigned) override { return 0; }
  void write(unsigned, std::uint8_t value) override { end_(value); }

 private:
  std::function<void(std::uint8_t)> end_;
};

/// One that resets the machine when `bits` are written to it. Else there seems to be nothing: of a
/// keyboard controller there is no more than that line.
class ResetPort final : public PortDevice {
 public:
  static constexpr std::uint16_t kKeyboardController = 0x64;
  static constexpr std::uint8_t kPulseReset = 0xFE;
  static constexpr std::uint16_t kResetControl = 0xCF9;
  static constexpr std::uint8_t kResetCpu = 0x04;

  ResetPort(std::uint8_t bits, std::function<void()> reset)
      : bits_(bits), reset_(std::move(reset)) {}
  std::uint8_t read(unsigned) override { return 0xFF; }
  void write(unsigned, std::uint8_t value) override {
    if ((value & bits_) == bits_) reset_();
  }

 private:
  std::uint8_t bits_;
  std::function<void()> reset_;
};

}  // namespace quiz::vmm
