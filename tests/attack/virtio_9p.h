// A virtio 9p device in the hands of a program: the guest's root takes it away from the kernel's
// driver and writes whatever bytes it likes on it. What the bytes mean is client.h's.
//
// PCI only (q35), by the files of /sys. Where the kernel keeps the memory of devices that have a
// driver to itself (CONFIG_IO_STRICT_DEVMEM), it has to be booted with iomem=relaxed; an attacker
// would bring a kernel of their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace quiz::attack {

/// Pages of our own that the device can reach by their physical addresses.
class DeviceMemory {
 public:
  explicit DeviceMemory(std::size_t pages);
  ~DeviceMemory();
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;

  std::uint8_t* page(std::size_t index) const { return begin_ + index * kPage; }
  std::uint64_t physical(std::size_t index) const;

  static constexpr std::size_t kPage = 4096;

 private:
  std::uint8_t* begin_ = nullptr;
  std::size_t size_;
};

class Virtio9p {
 public:
  /// Takes over the device with that mount tag; throws std::runtime_error. The kernel's driver is
  /// not told: whatever is mounted from it hangs from now on, so nothing of the program may still
  /// have to be read from there.
  explicit Virtio9p(const std::string& tag);
  /// The device is reset and forgets our memory.
  ~Virtio9p();
  Virtio9p(const Virtio9p&) = delete;
  Virtio9p& operator=(const Virtio9p&) = delete;

  /// Sends a message and returns the answer; each of them has one page at most.
  std::string exchange(const std::string& request);

  static constexpr std::size_t kMessageSize = DeviceMemory::kPage;

 private:
  void find(const std::string& tag);
  bool open(const std::string& device, const std::string& tag);
  void start();
  template <typename Number>
  void put(std::size_t offset, Number value);
  template <typename Number>
  Number get(std::size_t offset) const;

  DeviceMemory memory_;
  std::uint8_t* common_ = nullptr;
  std::uint8_t* notify_ = nullptr;
  std::uint32_t notify_step_ = 0;
  std::uint16_t sent_ = 0;
};

}  // namespace quiz::attack
