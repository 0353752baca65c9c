// The wire to the guest's init: a virtio console with one named port. Source: OASIS, VIRTIO 1.2,
// section 5.3.
#pragma once

#include <poll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "vmm/virtio_device.h"

namespace quiz::vmm {

class VirtioConsole final : public VirtioDevice {
 public:
  /// `wire`: a nonblocking stream socket.
  VirtioConsole(int wire, Connections to);

  /// What of the wire is waited for.
  pollfd interest();
  /// The other end has gone: nothing comes any more.
  bool closed() const { return closed_; }

 private:
  struct Control {
    std::uint32_t port;
    std::uint16_t event;
    std::uint16_t value;
  };
  static_assert(sizeof(Control) == 8);

  std::uint8_t configuration(std::size_t offset) const override;
  void reset() override;
  void serve_queues() override;
  void take_control();
  void handle(const Control& message);
  void send_answers();
  void send_to_guest();
  void take_from_guest();

  /// What the driver is yet to be told: never more than these.
  struct Answer {
    Control message;
    bool with_name;
  };
  std::array<Answer, 8> answers_{};
  std::size_t answer_count_ = 0;

  int wire_;
  bool opened_ = false;  // by the guest's init
  bool closed_ = false;
  bool sending_ = false;  // a chain of the guest's has gone in part
  std::size_t sent_ = 0;
  Chain outgoing_{};
};

}  // namespace quiz::vmm
