// A directory of the host: requests of FUSE, which go to the file server's process and come back as
// they are. Source: OASIS, VIRTIO 1.2, section 5.11.
#pragma once

#include <poll.h>

#include <array>
#include <memory>

#include "files/request.h"
#include "vmm/virtio_device.h"

namespace quiz::vmm {

class VirtioFs final : public VirtioDevice {
 public:
  static constexpr std::size_t kTagSize = 36;

  /// `server`: a socket of packets, nonblocking. `tag`: as the guest knows the directory; fewer
  /// bytes than kTagSize end with a NUL.
  VirtioFs(int server, const char (&tag)[kTagSize], Connections to);

  pollfd interest();
  /// The server is gone.
  bool closed() const { return closed_; }

 private:
  static constexpr std::size_t kQueues = 2;
  /// Of one queue: where answers go, by the chain's head.
  struct Pending {
    std::array<Chain, kLargestQueue> chains;
    std::array<bool, kLargestQueue> waits;
  };

  std::uint8_t configuration(std::size_t offset) const override;
  void reset() override;
  void serve_queues() override;
  bool send_next();
  bool send(std::size_t number, const Chain& chain);
  bool take_answer();

  int server_;
  char tag_[kTagSize];
  std::array<std::unique_ptr<Pending>, kQueues> pending_;
  std::uint16_t generation_ = 0;
  bool closed_ = false;
  bool blocked_ = false;  // held_ is to go first
  std::size_t held_queue_ = 0;
  std::uint16_t held_ = 0;
};

}  // namespace quiz::vmm
