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
  /// As a CPU accesses `size` bytes at a port: one after the other, as the ISA bus does. Where no
  /// device is, all bits are set, and what is written is lost.
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
