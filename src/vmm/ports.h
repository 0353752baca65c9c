// The machine's I/O ports: which device answers at which.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace quiz::vmm {

/// A device of byte-wide ports. Called by whichever CPU does the access.
class PortDevice {
 public:
  virtual ~PortDevice() = default;
  /// `offset` from the device's first port.
  virtual std::uint8_t read(unsigned offset) = 0;
  virtual void write(unsigned offset, std::uint8_t value) = 0;
};

class Ports {
 public:
  /// The device outlives this.
  void add(std::uint16_t first, std::uint16_t count, PortDevice& device);
  /// As a CPU accesses `size` bytes at a port: by the device that has it, one after the other. What
  /// begins below a device is not its own (PCI's address at 0xCF8 lies around the reset control).
  /// Where there is none, all bits are set, and what is written is lost.
  void read(std::uint16_t port, std::uint8_t* bytes, std::size_t size);
  void write(std::uint16_t port, const std::uint8_t* bytes, std::size_t size);

 private:
  struct Range {
    unsigned first = 0;
    unsigned count = 0;
    PortDevice* device = nullptr;
  };
  const Range* find(unsigned port) const;

  std::array<Range, 16> ranges_{};
  std::size_t used_ = 0;
};

}  // namespace quiz::vmm
