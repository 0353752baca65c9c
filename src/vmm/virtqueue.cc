#include "vmm/virtqueue.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>

namespace quiz::vmm {

namespace {

constexpr std::uint16_t kNext = 1;
constexpr std::uint16_t kWritable = 2;
constexpr std::uint16_t kNoInterrupt = 1;  // flags of the available ring
constexpr std::uint64_t kDescriptorSize = 16;
constexpr std::uint64_t kRingHeader = 4;  // flags, index
constexpr std::uint64_t kUsedElement = 8;

/// Once, and not before what was done until now.
std::uint16_t load16(const std::uint8_t* at) {
  const auto* const value = reinterpret_cast<const std::uint16_t*>(at);
  return __atomic_load_n(value, __ATOMIC_ACQUIRE);
}

void store16(std::uint8_t* at, std::uint16_t value) {
  __atomic_store_n(reinterpret_cast<std::uint16_t*>(at), value, __ATOMIC_RELEASE);
}

/// Copies between `bytes` and buffers, from `offset` of these on.
template <typename Copy>
std::size_t copy(const iovec* buffers, std::size_t count, std::size_t offset, std::size_t size,
                 Copy copy_some) {
  std::size_t done = 0;
  for (std::size_t i = 0; i < count && done < size; ++i) {
    if (offset >= buffers[i].iov_len) {
      offset -= buffers[i].iov_len;
      continue;
    }
    const std::size_t part = std::min(size - done, buffers[i].iov_len - offset);
    copy_some(static_cast<std::uint8_t*>(buffers[i].iov_base) + offset, done, part);
    done += part;
    offset = 0;
  }
  return done;
}

}  // namespace

std::size_t Chain::read(void* bytes, std::size_t size, std::size_t offset) const {
  return copy(inputs(), readable, offset, size,
              [&](const std::uint8_t* from, std::size_t done, std::size_t part) {
                std::memcpy(static_cast<std::uint8_t*>(bytes) + done, from, part);
              });
}

std::size_t Chain::write(const void* bytes, std::size_t size, std::size_t offset) const {
  return copy(outputs(), writable, offset, size,
              [&](std::uint8_t* to, std::size_t done, std::size_t part) {
                std::memcpy(to, static_cast<const std::uint8_t*>(bytes) + done, part);
              });
}

std::size_t Chain::size(std::size_t from, std::size_t to) const {
  std::size_t sum = 0;
  for (std::size_t i = from; i < to; ++i) sum += buffers[i].iov_len;
  return sum;
}

bool Virtqueue::start(const GuestMemory& memory) {
  broken_ = false;
  parts_ = {};
  memory_ = &memory;
  const std::uint64_t size = state_.size;
  if (size == 0 || size > largest_ || !std::has_single_bit(size)) return give_up();
  if (state_.descriptors % 16 != 0 || state_.available % 2 != 0 || state_.used % 4 != 0) {
    return give_up();
  }
  parts_.descriptors = memory.at(state_.descriptors, size * kDescriptorSize);
  parts_.available = memory.at(state_.available, kRingHeader + 2 * size);
  parts_.used = memory.at(state_.used, kRingHeader + kUsedElement * size);
  if (parts_.descriptors == nullptr || parts_.available == nullptr || parts_.used == nullptr) {
    return give_up();
  }
  state_.ready = 1;
  return true;
}

bool Virtqueue::give_up() {
  broken_ = true;
  parts_ = {};
  return false;
}

bool Virtqueue::has_some() const {
  return runs() && load16(parts_.available + 2) != state_.next_available;
}

bool Virtqueue::pop(Chain& chain) {
  if (!runs()) return false;
  const std::uint16_t index = load16(parts_.available + 2);
  const auto waiting = static_cast<std::uint16_t>(index - state_.next_available);
  if (waiting == 0) return false;
  if (waiting > state_.size) return give_up();
  const std::size_t slot = state_.next_available % state_.size;
  const std::uint16_t head = load16(parts_.available + kRingHeader + 2 * slot);
  if (!read_chain(head, chain)) return give_up();
  ++state_.next_available;
  return true;
}

bool Virtqueue::read_chain(std::uint16_t head, Chain& chain) {
  chain.head = head;
  chain.readable = chain.writable = 0;
  std::uint16_t next = head;
  // A chain has each descriptor once: one that leads in a circle ends here, too.
  for (std::size_t i = 0; i < state_.size; ++i) {
    if (next >= state_.size) return false;
    Descriptor descriptor;
    std::memcpy(&descriptor, parts_.descriptors + next * kDescriptorSize, sizeof descriptor);
    std::uint8_t* const bytes = memory_->at(descriptor.address, descriptor.size);
    if (bytes == nullptr) return false;
    const bool writable = (descriptor.flags & kWritable) != 0;
    if (!writable && chain.writable != 0) return false;
    chain.buffers[i] = {bytes, descriptor.size};
    ++(writable ? chain.writable : chain.readable);
    if ((descriptor.flags & kNext) == 0) return true;
    next = descriptor.next;
  }
  return false;
}

void Virtqueue::push(std::uint16_t head, std::uint32_t written) {
  if (!runs()) return;
  const std::uint32_t element[2] = {head, written};
  const std::size_t slot = state_.next_used % state_.size;
  std::memcpy(parts_.used + kRingHeader + slot * kUsedElement, element, sizeof element);
  store16(parts_.used + 2, ++state_.next_used);
}

bool Virtqueue::wants_interrupt() const {
  // Not before the driver could see what was pushed.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return runs() && (load16(parts_.available) & kNoInterrupt) == 0;
}

}  // namespace quiz::vmm
