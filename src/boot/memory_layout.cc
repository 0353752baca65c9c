#include "boot/memory_layout.h"

#include <algorithm>
#include <ranges>

#include "boot/refusal.h"

namespace quiz::boot {

namespace {

std::string range_text(std::uint64_t begin, std::uint64_t end) {
  return fmt::format("0x{:x}-0x{:x}", begin, end == begin ? end : end - 1);
}

/// Rounded up, or nothing where that is beyond the number range.
std::optional<std::uint64_t> align_up(std::uint64_t value, std::uint64_t alignment) {
  const std::uint64_t rest = value & (alignment - 1);
  if (rest == 0) return value;
  if (value > UINT64_MAX - (alignment - rest)) return std::nullopt;
  return value + (alignment - rest);
}

}  // namespace

void MemoryLayout::add(Segment segment) {
  if (segment.size() == 0) return;
  if (segment.address > UINT64_MAX - segment.size()) {
    refuse("", "{} at 0x{:x} ({}) wraps around the address space", segment.name, segment.address,
           size_text(segment.size()));
  }
  const bool in_ram = std::any_of(
      platform_.memory_map.begin(), platform_.memory_map.end(), [&](const MemoryRange& range) {
        return range.type == MemoryType::ram && segment.address >= range.address &&
               segment.end() <= range.end();
      });
  if (!in_ram) {
    throw base::Error(fmt::format("{} would lie at {}, where this machine has no free memory "
                                  "({} on {})",
                                  segment.name, range_text(segment.address, segment.end()),
                                  size_text(platform_.memory), name_of(platform_.board)),
                      "give the machine more memory with -m");
  }
  insert(std::move(segment));
}

void MemoryLayout::add_reserved(Segment segment) { insert(std::move(segment)); }

void MemoryLayout::insert(Segment segment) {
  for (const Segment& other : segments_) {
    if (segment.address < other.end() && other.address < segment.end()) {
      refuse("", "{} ({}) overlaps {} ({})", segment.name,
             range_text(segment.address, segment.end()), other.name,
             range_text(other.address, other.end()));
    }
  }
  const auto place =
      std::upper_bound(segments_.begin(), segments_.end(), segment,
                       [](const Segment& a, const Segment& b) { return a.address < b.address; });
  segments_.insert(place, std::move(segment));
}

std::vector<MemoryRange> MemoryLayout::gaps() const {
  std::vector<MemoryRange> result;
  for (const MemoryRange& range : platform_.memory_map) {
    if (range.type != MemoryType::ram) continue;
    std::uint64_t begin = range.address;
    for (const Segment& segment : segments_) {
      if (segment.end() <= begin || segment.address >= range.end()) continue;
      if (segment.address > begin) result.push_back({begin, segment.address - begin});
      begin = segment.end();
    }
    if (begin < range.end()) result.push_back({begin, range.end() - begin});
  }
  return result;
}

std::optional<std::uint64_t> MemoryLayout::lowest(const Wish& wish) const {
  for (const MemoryRange& gap : gaps()) {
    const auto address = align_up(std::max(gap.address, wish.from), wish.alignment);
    const std::uint64_t end = std::min(gap.end(), wish.below);
    if (address && *address <= end && wish.size <= end - *address) return address;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> MemoryLayout::highest(const Wish& wish) const {
  const std::vector<MemoryRange> free = gaps();
  for (const MemoryRange& gap : free | std::views::reverse) {
    const std::uint64_t end = std::min(gap.end(), wish.below);
    if (end < wish.size) continue;
    const std::uint64_t address = (end - wish.size) & ~(wish.alignment - 1);
    if (address >= std::max(gap.address, wish.from)) return address;
  }
  return std::nullopt;
}

std::uint64_t MemoryLayout::lowest_or_refuse(const Wish& wish, const std::string& what) const {
  if (const auto address = lowest(wish)) return *address;
  throw base::Error(fmt::format("there is no room for {} ({}) in {} of memory", what,
                                size_text(wish.size), size_text(platform_.memory)),
                    "give the machine more memory with -m");
}

}  // namespace quiz::boot
