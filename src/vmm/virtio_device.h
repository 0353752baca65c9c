// A virtio device and its registers in memory. Its driver, in the guest, sets it up by the
// registers; a CPU's thread calls for those. What the driver asks for in the queues is done by
// serve(), in the thread that serves the devices. Source: OASIS, VIRTIO 1.2, sections 2, 3.1, 4.2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "vmm/guest_memory.h"
#include "vmm/virtqueue.h"

namespace quiz::vmm {

/// What a device's driver and its device agree on, but for the queues.
struct DeviceState {
  std::uint64_t driver_features = 0;
  std::uint32_t status = 0;
  std::uint32_t interrupt_status = 0;
  std::uint32_t feature_page = 0;  ///< which half of the features is read
  std::uint32_t driver_feature_page = 0;
  std::uint32_t queue = 0;  ///< that the registers are about
};

class VirtioDevice {
 public:
  static constexpr std::uint64_t kRegisters = 0x200;  ///< bytes of them

  struct Connections {
    const GuestMemory* memory;
    std::function<void()> interrupt;  ///< an edge on its line
    std::function<void()> wake;       ///< the serving thread has something to do
  };

  VirtioDevice(std::uint32_t kind, std::uint64_t features, std::size_t queues, Connections to);
  virtual ~VirtioDevice() = default;
  VirtioDevice(const VirtioDevice&) = delete;
  VirtioDevice& operator=(const VirtioDevice&) = delete;

  /// As a CPU accesses registers. What is there is 32 bits wide, but for the device's own.
  void read(std::uint64_t offset, std::uint8_t* bytes, std::size_t size);
  void write(std::uint64_t offset, const std::uint8_t* bytes, std::size_t size);

  /// Does what can be done now. In the serving thread only.
  void serve();

 protected:
  /// Its own registers.
  virtual std::uint8_t configuration(std::size_t offset) const = 0;
  /// The driver is ready, or has begun anew. The lock is held.
  virtual void reset() {}
  /// Does what can be done now; the lock is held, and the driver is ready.
  virtual void serve_queues() = 0;

  Virtqueue& queue(std::size_t number) { return queues_[number]; }
  /// Chains that are served before others get their turn: a driver may offer more as fast as it
  /// gets them back.
  static constexpr int kMostAtOnce = 256;
  /// There is more to do, after the others.
  void serve_again() const { to_.wake(); }
  /// After something was pushed to it.
  void tell_driver(const Virtqueue& queue);
  bool ready() const;
  std::mutex& lock() { return mutex_; }

 private:
  std::uint32_t read_register(std::uint64_t offset) const;
  void write_register(std::uint64_t offset, std::uint32_t value);
  void set_status(std::uint32_t status);
  void start_queue(std::uint32_t value);
  void forget_all();
  void give_up_if_broken();

  const std::uint32_t kind_;
  const std::uint64_t features_;
  const Connections to_;
  std::mutex mutex_;
  DeviceState state_;
  std::vector<Virtqueue> queues_;
};

}  // namespace quiz::vmm
