// The pages that a child has of a file which it maps privately: which it has written or read so
// far, and that it gets such pages all at once. A page fault costs many times what the same page
// costs here, above all on a virtual host (docs/performance.md).
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quiz::base {

/// Of the file, counted in pages.
struct PageRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;

  bool operator==(const PageRange&) const = default;
};

/// Each sorted, without overlaps.
struct PagesInUse {
  std::vector<PageRange> written;  ///< the child's own by now
  std::vector<PageRange> read;     ///< the file's, but mapped

  std::uint64_t written_pages() const;

  /// A line for each range: "w 12 3" or "r 40 16".
  std::string to_text() const;
  /// nullopt unless it is such a text. Pure.
  static std::optional<PagesInUse> parse(std::string_view text);

  bool operator==(const PagesInUse&) const = default;
};

/// What `child` uses of `file`. nullopt: it does not map the file privately from its beginning, or
/// may not be looked at.
std::optional<PagesInUse> pages_in_use(pid_t child, int file);

/// Gives the child these pages, as if it had written and read them; their content stays, so nothing
/// in it may write to them meanwhile. What lies outside the mapping is passed over. Returns how
/// many pages are its own now; stops where something fails, as the child then takes them itself.
std::uint64_t bring_in(pid_t child, int file, const PagesInUse& pages);

}  // namespace quiz::base
