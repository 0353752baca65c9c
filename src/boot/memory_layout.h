// Where the parts of a plan go: every segment must lie in memory that exists, and none may touch
// another. The loaders add what has a fixed place first and then ask for places for the rest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "boot/plan.h"

namespace quiz::boot {

/// What a place must fulfil. A segment lies within [from, below), its address a multiple of
/// `alignment` (a power of two).
struct Wish {
  std::uint64_t size = 0;
  std::uint64_t alignment = 0x1000;
  std::uint64_t from = 0x100000;
  std::uint64_t below = std::uint64_t{1} << 32;
};

class MemoryLayout {
 public:
  explicit MemoryLayout(const Platform& platform) : platform_(platform) {}

  /// Throws base::Error when the segment does not lie in RAM or overlaps one that was added before.
  void add(Segment segment);
  /// Into memory that the map calls reserved: tables in the place of the firmware's.
  void add_reserved(Segment segment);

  /// The lowest or highest free place; nothing if there is none.
  std::optional<std::uint64_t> lowest(const Wish& wish) const;
  std::optional<std::uint64_t> highest(const Wish& wish) const;
  /// As lowest, but throws base::Error naming `what`.
  std::uint64_t lowest_or_refuse(const Wish& wish, const std::string& what) const;

  /// By address.
  std::vector<Segment> take() { return std::move(segments_); }

 private:
  void insert(Segment segment);
  /// Free parts of RAM, by address.
  std::vector<MemoryRange> gaps() const;

  const Platform& platform_;
  std::vector<Segment> segments_;
};

}  // namespace quiz::boot
