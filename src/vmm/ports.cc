#include "vmm/ports.h"

namespace quiz::vmm {

void Ports::add(std::uint16_t first, std::uint16_t count, PortDevice& device) {
  ranges_.at(used_++) = {first, count, &device};
}

void Ports::read(std::uint16_t port, std::uint8_t* bytes, std::size_t size) {
  const Range* const range = find(port);
  for (std::size_t i = 0; i < size; ++i) {
    const unsigned offset = range == nullptr ? 0 : port - range->first + static_cast<unsigned>(i);
    bytes[i] = range != nullptr && offset < range->count ? range->device->read(offset) : 0xFF;
  }
}

void Ports::write(std::uint16_t port, const std::uint8_t* bytes, std::size_t size) {
  const Range* const range = find(port);
  for (std::size_t i = 0; range != nullptr && i < size; ++i) {
    const unsigned offset = port - range->first + static_cast<unsigned>(i);
    if (offset < range->count) range->device->write(offset, bytes[i]);
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
