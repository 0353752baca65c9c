#include "vmm/ports.h"

namespace quiz::vmm {

void Ports::add(std::uint16_t first, std::uint16_t count, PortDevice& device) {
  ranges_.at(used_++) = {first, count, &device};
}

void Ports::read(std::uint16_t port, std::uint8_t* bytes, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    const unsigned at = port + static_cast<unsigned>(i);
    const Range* const range = find(at);
    bytes[i] = range != nullptr ? range->device->read(at - range->first) : 0xFF;
  }
}

void Ports::write(std::uint16_t port, const std::uint8_t* bytes, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    const unsigned at = port + static_cast<unsigned>(i);
    const Range* const range = find(at);
    if (range != nullptr) range->device->write(at - range->first, bytes[i]);
  }
}

const Ports::Range* Ports::find(unsigned port) const {
  for (std::size_t i = 0; i < used_; ++i) {
    const Range& range = ranges_[i];
    if (port >= range.first && port < range.first + range.count) return &range;
  }
  return nullptr;
}

}  // namespace quiz::vmm
