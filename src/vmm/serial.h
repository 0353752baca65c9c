// A 16550A: the guest's console. Source: National Semiconductor, PC16550D data sheet.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>

#include "vmm/ports.h"

namespace quiz::vmm {

class Serial final : public PortDevice {
 public:
  struct Line {
    std::function<void(bool)> interrupt;     ///< the level of its interrupt line
    std::function<void(std::uint8_t)> send;  ///< what the guest writes; may block
    std::function<void()> has_room;          ///< the guest has read what room() is about
  };
  explicit Serial(Line line) : line_(std::move(line)) {}

  std::uint8_t read(unsigned offset) override;
  void write(unsigned offset, std::uint8_t value) override;

  /// How many bytes may be received now.
  std::size_t room();
  /// At most room() bytes come over the line.
  void receive(const std::uint8_t* bytes, std::size_t count);
  /// A break on the line, and behind it a character: SysRq. Whatever waits is lost.
  void receive_break(std::uint8_t then);

 private:
  /// With the errors that came with it, as in the line status.
  struct Received {
    std::uint8_t byte;
    std::uint8_t errors;
  };
  static constexpr std::size_t kFifo = 16;

  std::size_t capacity() const { return fifo_ ? kFifo : 1; }
  std::size_t free_room() const;
  void put(Received received);
  Received take();
  void clear_received() { begin_ = waiting_ = 0; }
  std::uint8_t interrupt_identification() const;
  std::uint8_t line_status() const;
  std::uint8_t modem_status() const;
  bool loops_back() const;
  void update_interrupt();

  Line line_;
  std::mutex mutex_;
  std::array<Received, kFifo> received_{};
  std::size_t begin_ = 0;
  std::size_t waiting_ = 0;
  std::uint8_t interrupt_enable_ = 0;
  std::uint8_t line_control_ = 0;
  std::uint8_t modem_control_ = 0;
  std::uint8_t scratch_ = 0;
  std::uint8_t divisor_low_ = 12;  // 9600 baud
  std::uint8_t divisor_high_ = 0;
  bool fifo_ = false;
  bool transmitter_pending_ = false;  // its emptiness has not been told yet
  bool raised_ = false;
};

}  // namespace quiz::vmm
