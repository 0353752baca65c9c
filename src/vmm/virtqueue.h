// A split virtqueue, by which a guest's driver hands buffers to a device. All that is read here was
// written by the guest, and may change while it is read. Source: OASIS, Virtual I/O Device (VIRTIO)
// 1.2, section 2.7.
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "vmm/guest_memory.h"

namespace quiz::vmm {

/// What the driver has told of a queue, and how far it is.
struct QueueState {
  std::uint64_t descriptors = 0;  ///< addresses of its three parts
  std::uint64_t available = 0;
  std::uint64_t used = 0;
  std::uint16_t size = 0;  ///< 0: the driver does not use it
  std::uint16_t next_available = 0;
  std::uint16_t next_used = 0;
  std::uint16_t ready = 0;
};

inline constexpr std::uint16_t kLargestQueue = 256;

/// Buffers that the driver has handed over together: first those that the device reads.
struct Chain {
  std::uint16_t head = 0;
  std::size_t readable = 0;  ///< how many of them
  std::size_t writable = 0;  ///< the ones behind them
  std::array<iovec, kLargestQueue> buffers;

  const iovec* inputs() const { return buffers.data(); }
  const iovec* outputs() const { return buffers.data() + readable; }
  std::size_t readable_size() const { return size(0, readable); }
  std::size_t writable_size() const { return size(readable, readable + writable); }
  /// Takes as many bytes from the readable buffers, from `offset` on, as there are.
  std::size_t read(void* bytes, std::size_t size, std::size_t offset = 0) const;
  /// Puts them into the writable ones; returns how many had room.
  std::size_t write(const void* bytes, std::size_t size, std::size_t offset = 0) const;

 private:
  std::size_t size(std::size_t from, std::size_t to) const;
};

class Virtqueue {
 public:
  /// Largest that the driver may choose: a power of two up to kLargestQueue.
  explicit Virtqueue(std::uint16_t largest = kLargestQueue) : largest_(largest) {}

  std::uint16_t largest() const { return largest_; }
  QueueState& state() { return state_; }
  const QueueState& state() const { return state_; }

  /// What the driver has told of the queue is looked at, and the queue used from now on. False: it
  /// makes no sense.
  bool start(const GuestMemory& memory);
  void stop() { state_ = {}, parts_ = {}, broken_ = false; }
  bool runs() const { return parts_.descriptors != nullptr; }
  /// It was wrong, and is not looked at any more.
  bool broken() const { return broken_; }

  /// False: there is none now, or the queue is broken.
  bool pop(Chain& chain);
  /// There is one that pop() would give.
  bool has_some() const;
  /// Gives a chain back, `written` bytes of its writable buffers filled.
  void push(std::uint16_t head, std::uint32_t written);
  /// The driver wants to hear of what was pushed.
  bool wants_interrupt() const;

 private:
  struct Descriptor {
    std::uint64_t address;
    std::uint32_t size;
    std::uint16_t flags;
    std::uint16_t next;
  };
  static_assert(sizeof(Descriptor) == 16);
  struct Parts {
    std::uint8_t* descriptors = nullptr;
    std::uint8_t* available = nullptr;
    std::uint8_t* used = nullptr;
  };

  bool read_chain(std::uint16_t head, Chain& chain);
  bool give_up();

  std::uint16_t largest_;
  QueueState state_;
  Parts parts_;
  const GuestMemory* memory_ = nullptr;
  bool broken_ = false;
};

}  // namespace quiz::vmm
