// A source of entropy: the host's. Source: OASIS, VIRTIO 1.2, section 5.4.
#pragma once

#include "vmm/virtio_device.h"

namespace quiz::vmm {

class VirtioRng final : public VirtioDevice {
 public:
  static constexpr std::uint32_t kKind = 4;

  explicit VirtioRng(Connections to) : VirtioDevice(kKind, 0, 1, std::move(to)) {}

 private:
  std::uint8_t configuration(std::size_t) const override { return 0; }
  void serve_queues() override;
};

}  // namespace quiz::vmm
