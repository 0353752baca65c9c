#include "vmm/real_time_clock.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace quiz::vmm {

namespace {

enum Register : unsigned {
  kSeconds = 0,
  kMinutes = 2,
  kHours = 4,
  kDayOfWeek = 6,
  kDay = 7,
  kMonth = 8,
  kYear = 9,
  kStatusA = 0x0A,
  kStatusB = 0x0B,
  kStatusC = 0x0C,
  kStatusD = 0x0D,
  kBaseMemory = 0x15,      // KiB below 640 KiB
  kExtendedMemory = 0x17,  // KiB above 1 MiB, at most 63 MiB
  kExtendedAgain = 0x30,
  kCentury = 0x32,
  kAbove16Mib = 0x34,  // in 64 KiB
  kAbove4Gib = 0x5B,   // in 64 KiB
};

constexpr std::uint8_t kUpdateInProgress = 0x80;
constexpr std::uint8_t kUsualDivider = 0x26;
constexpr std::uint8_t k24Hours = 0x02;
constexpr std::uint8_t kValid = 0x80;
/// As long before a second begins an update is announced.
constexpr long kAnnouncedNs = 244'000;
constexpr long kSecondNs = 1'000'000'000;

std::uint8_t decimal(long value) { return static_cast<std::uint8_t>(value / 10 * 16 + value % 10); }

bool is_time(unsigned index) {
  return index == kCentury || (index <= kStatusD && index % 2 == 0 && index < kDay) ||
         (index >= kDay && index <= kYear);
}

}  // namespace

RealTimeClock::RealTimeClock(std::uint64_t low_memory, std::uint64_t memory,
                             std::function<timespec()> now)
    : now_(std::move(now)) {
  const auto put = [this](unsigned index, std::uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) {
      memory_[index + i] = static_cast<std::uint8_t>(value >> (8 * i));
    }
  };
  constexpr std::uint64_t kKib = 1 << 10;
  constexpr std::uint64_t kMib = 1 << 20;
  const auto beyond = [](std::uint64_t bytes, std::uint64_t start) {
    return bytes > start ? bytes - start : 0;
  };
  put(kBaseMemory, 640, 2);
  const std::uint64_t extended = std::min(beyond(low_memory, kMib) / kKib, 63 * kKib);
  put(kExtendedMemory, extended, 2);
  put(kExtendedAgain, extended, 2);
  put(kAbove16Mib, std::min(beyond(low_memory, 16 * kMib) / (64 * kKib), std::uint64_t{0xFFFF}), 2);
  put(kAbove4Gib, (memory - low_memory) / (64 * kKib), 3);
  memory_[kStatusA] = kUsualDivider;
  memory_[kStatusB] = k24Hours;
  memory_[kStatusD] = kValid;
}

std::uint8_t RealTimeClock::read(unsigned offset) {
  const std::scoped_lock lock(mutex_);
  if (offset == 0) return 0xFF;
  if (is_time(index_)) return time_register(index_);
  if (index_ == kStatusA) {
    const bool updating = now_().tv_nsec >= kSecondNs - kAnnouncedNs;
    return static_cast<std::uint8_t>(memory_[kStatusA] | (updating ? kUpdateInProgress : 0));
  }
  return memory_[index_];
}

void RealTimeClock::write(unsigned offset, std::uint8_t value) {
  const std::scoped_lock lock(mutex_);
  if (offset == 0) {
    index_ = value & 0x7F;
    return;
  }
  // The time is the host's, and its form is fixed.
  if (is_time(index_) || (index_ >= kStatusB && index_ <= kStatusD)) return;
  memory_[index_] = index_ == kStatusA ? value & 0x7F : value;
}

std::uint8_t RealTimeClock::time_register(unsigned index) const {
  // Not by gmtime(), which reads the host's file of time zones.
  const std::chrono::sys_seconds now{std::chrono::seconds(now_().tv_sec)};
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(now - day);
  switch (index) {
    case kSeconds:
      return decimal(time.seconds().count());
    case kMinutes:
      return decimal(time.minutes().count());
    case kHours:
      return decimal(time.hours().count());
    case kDayOfWeek:
      return decimal(std::chrono::weekday(day).c_encoding() + 1);
    case kDay:
      return decimal(static_cast<unsigned>(date.day()));
    case kMonth:
      return decimal(static_cast<unsigned>(date.month()));
    case kYear:
      return decimal(static_cast<int>(date.year()) % 100);
    default:
      return decimal(static_cast<int>(date.year()) / 100);
  }
}

}  // namespace quiz::vmm
