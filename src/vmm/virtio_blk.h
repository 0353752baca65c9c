// A disk: a file of the host. Source: OASIS, VIRTIO 1.2, section 5.2. A thread of its own does what
// the driver asks for, so that a slow disk holds up nothing else.
#pragma once

#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>

#include "vmm/control.h"
#include "vmm/order.h"
#include "vmm/virtio_device.h"

namespace quiz::vmm {

class VirtioBlk final : public VirtioDevice {
 public:
  /// `file` has order.bytes bytes.
  VirtioBlk(int file, const DiskOrder& order, Connections to);

  /// Starts the thread, which never ends. `filter`: it allows itself only what it needs.
  void start(bool filter, Control& control);
  /// What the thread does when it is woken: all that the driver has asked for.
  void work();
  /// From any thread: there may be something to do.
  void wake();

 private:
  struct Request;

  std::uint8_t configuration(std::size_t offset) const override;
  void reset() override;
  void serve_queues() override {}
  static void* thread(void* self);
  [[noreturn]] void run();
  /// `written`: how many bytes it has put into the chain before the status.
  void carry_out(const Chain& chain, std::uint32_t& written) const;
  std::uint8_t transfer(const Request& request, const Chain& chain, std::uint32_t& written) const;
  std::uint8_t clear(const Request& request, const Chain& chain) const;

  int file_;
  DiskOrder order_;
  Control* control_ = nullptr;
  bool filter_ = false;
  pthread_t thread_{};
  std::mutex waking_;
  std::condition_variable woken_;
  bool awake_ = false;
  unsigned generation_ = 0;           // a reset driver does not get back what it has forgotten
  std::atomic<bool> moving_ = false;  // bytes between the file and the guest's memory
};

}  // namespace quiz::vmm
