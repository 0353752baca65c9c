#include "vmm/virtio_device.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace quiz::vmm {

namespace {

enum Register : std::uint64_t {
  kMagic = 0x000,
  kVersion = 0x004,
  kKind = 0x008,
  kVendor = 0x00C,
  kFeatures = 0x010,
  kFeaturePage = 0x014,
  kDriverFeatures = 0x020,
  kDriverFeaturePage = 0x024,
  kQueue = 0x030,
  kQueueLargest = 0x034,
  kQueueSize = 0x038,
  kQueueReady = 0x044,
  kQueueNotify = 0x050,
  kInterruptStatus = 0x060,
  kInterruptAcknowledge = 0x064,
  kStatus = 0x070,
  kDescriptorsLow = 0x080,
  kDescriptorsHigh = 0x084,
  kAvailableLow = 0x090,
  kAvailableHigh = 0x094,
  kUsedLow = 0x0A0,
  kUsedHigh = 0x0A4,
  kGeneration = 0x0FC,
  kConfiguration = 0x100,
};

constexpr std::uint32_t kMagicValue = 0x74726976;   // "virt"
constexpr std::uint32_t kVendorValue = 0x5A495551;  // "QUIZ"
constexpr std::uint64_t kVersion1 = std::uint64_t{1} << 32;

// Status.
constexpr std::uint32_t kFeaturesOk = 8;
constexpr std::uint32_t kDriverOk = 4;
constexpr std::uint32_t kNeedsReset = 64;
constexpr std::uint32_t kUsedBuffers = 1;
constexpr std::uint32_t kConfigurationChanged = 2;

void set_low(std::uint64_t& value, std::uint32_t half) {
  value = (value & ~std::uint64_t{0xFFFFFFFF}) | half;
}
void set_high(std::uint64_t& value, std::uint32_t half) {
  value = (value & 0xFFFFFFFF) | std::uint64_t{half} << 32;
}

}  // namespace

VirtioDevice::VirtioDevice(std::uint32_t kind, std::uint64_t features, std::size_t queues,
                           Connections to)
    : kind_(kind), features_(features | kVersion1), to_(std::move(to)), queues_(queues) {}

void VirtioDevice::read(std::uint64_t offset, std::uint8_t* bytes, std::size_t size) {
  const std::scoped_lock lock(mutex_);
  if (offset >= kConfiguration) {
    for (std::size_t i = 0; i < size; ++i) bytes[i] = configuration(offset - kConfiguration + i);
    return;
  }
  const std::uint32_t value = size == sizeof value ? read_register(offset) : 0;
  std::memset(bytes, 0, size);
  std::memcpy(bytes, &value, std::min(size, sizeof value));
}

void VirtioDevice::write(std::uint64_t offset, const std::uint8_t* bytes, std::size_t size) {
  std::uint32_t value = 0;
  if (size != sizeof value || offset >= kConfiguration) return;
  std::memcpy(&value, bytes, sizeof value);
  if (offset == kQueueNotify) return to_.wake();
  const std::scoped_lock lock(mutex_);
  write_register(offset, value);
}

std::uint32_t VirtioDevice::read_register(std::uint64_t offset) const {
  const bool known = state_.queue < queues_.size();
  switch (offset) {
    case kMagic:
      return kMagicValue;
    case kVersion:
      return 2;
    case kKind:
      return kind_;
    case kVendor:
      return kVendorValue;
    case kFeatures:
      return state_.feature_page > 1
                 ? 0
                 : static_cast<std::uint32_t>(features_ >> (32 * state_.feature_page));
    case kQueueLargest:
      return known ? queues_[state_.queue].largest() : 0;
    case kQueueReady:
      return known ? queues_[state_.queue].state().ready : 0;
    case kInterruptStatus:
      return state_.interrupt_status;
    case kStatus:
      return state_.status;
    default:
      return 0;  // kGeneration, too: what is configured never changes
  }
}

void VirtioDevice::write_register(std::uint64_t offset, std::uint32_t value) {
  switch (offset) {
    case kFeaturePage:
      state_.feature_page = value;
      return;
    case kDriverFeaturePage:
      state_.driver_feature_page = value;
      return;
    case kDriverFeatures:
      if (state_.driver_feature_page == 0) set_low(state_.driver_features, value);
      if (state_.driver_feature_page == 1) set_high(state_.driver_features, value);
      return;
    case kQueue:
      state_.queue = value;
      return;
    case kInterruptAcknowledge:
      state_.interrupt_status &= ~value;
      return;
    case kStatus:
      return set_status(value);
    default:
      break;
  }
  if (state_.queue >= queues_.size()) return;
  QueueState& queue = queues_[state_.queue].state();
  // One that runs stays where it is.
  if (queue.ready != 0 && offset != kQueueReady) return;
  switch (offset) {
    case kQueueSize:
      queue.size = static_cast<std::uint16_t>(std::min<std::uint32_t>(value, 0xFFFF));
      return;
    case kQueueReady:
      return start_queue(value);
    case kDescriptorsLow:
      return set_low(queue.descriptors, value);
    case kDescriptorsHigh:
      return set_high(queue.descriptors, value);
    case kAvailableLow:
      return set_low(queue.available, value);
    case kAvailableHigh:
      return set_high(queue.available, value);
    case kUsedLow:
      return set_low(queue.used, value);
    case kUsedHigh:
      return set_high(queue.used, value);
    default:
      return;
  }
}

void VirtioDevice::start_queue(std::uint32_t value) {
  Virtqueue& queue = queues_[state_.queue];
  if (value == 0) {
    queue.stop();
  } else if (!queue.start(*to_.memory)) {
    give_up_if_broken();
  }
}

void VirtioDevice::set_status(std::uint32_t status) {
  if (status == 0) return forget_all();
  // Features that were not offered are not agreed on.
  if ((state_.driver_features & ~features_) != 0) status &= ~kFeaturesOk;
  const bool was_ready = ready();
  state_.status = status | (state_.status & kNeedsReset);
  if (!was_ready && ready()) to_.wake();
}

void VirtioDevice::forget_all() {
  state_ = {};
  for (Virtqueue& queue : queues_) queue.stop();
  reset();
}

void VirtioDevice::serve() {
  const std::scoped_lock lock(mutex_);
  if (!ready()) return;
  serve_queues();
  give_up_if_broken();
}

void VirtioDevice::give_up_if_broken() {
  const bool broken = std::any_of(queues_.begin(), queues_.end(),
                                  [](const Virtqueue& queue) { return queue.broken(); });
  if (!broken || (state_.status & kNeedsReset) != 0) return;
  state_.status |= kNeedsReset;
  state_.interrupt_status |= kConfigurationChanged;
  to_.interrupt();
}

void VirtioDevice::tell_driver(const Virtqueue& queue) {
  if (!queue.wants_interrupt()) return;
  state_.interrupt_status |= kUsedBuffers;
  to_.interrupt();
}

bool VirtioDevice::ready() const {
  return (state_.status & (kDriverOk | kNeedsReset)) == kDriverOk;
}

}  // namespace quiz::vmm
