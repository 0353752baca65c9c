#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/fd.h"
#include "base/files.h"
#include "base/lines.h"
#include "base/process_pages.h"

namespace quiz::base {

namespace {

const std::uint64_t kPage = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));

/// Of /proc/PID/pagemap (Documentation/admin-guide/mm/pagemap.rst).
constexpr std::uint64_t kPresent = std::uint64_t{1} << 63;
constexpr std::uint64_t kSwapped = std::uint64_t{1} << 62;
constexpr std::uint64_t kOfFile = std::uint64_t{1} << 61;

/// So many pages a fault maps of a file that is in memory (fault_around_bytes).
constexpr std::uint64_t kFaultAround = 16;
/// At once; the pieces of process_vm_readv are at most IOV_MAX.
constexpr std::uint64_t kMostPages = 64;

struct Mapping {
  std::uint64_t address = 0;
  std::uint64_t pages = 0;
};

/// "7f0000000000-7f0040000000 rw-p 00000000 fe:00 1234 /path".
std::optional<Mapping> parse_mapping(const std::string& line, ino_t wanted) {
  const std::vector<std::string> words = words_of(line);
  if (words.size() < 5 || words[1].size() < 4 || words[1][3] != 'p') return std::nullopt;
  if (words[2].find_first_not_of('0') != std::string::npos) return std::nullopt;
  if (words[4] != std::to_string(wanted)) return std::nullopt;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  const std::size_t dash = words[0].find('-');
  if (dash == std::string::npos) return std::nullopt;
  std::from_chars(words[0].data(), words[0].data() + dash, begin, 16);
  std::from_chars(words[0].data() + dash + 1, words[0].data() + words[0].size(), end, 16);
  if (end <= begin) return std::nullopt;
  return Mapping{begin, (end - begin) / kPage};
}

/// The longest that there is: of a file as large as it, not of one with the same number on another
/// file system.
std::optional<Mapping> find_mapping(pid_t child, int file) {
  struct stat status = {};
  if (::fstat(file, &status) != 0) return std::nullopt;
  const auto maps = read_file_if_exists(fmt::format("/proc/{}/maps", child));
  if (!maps) return std::nullopt;
  std::optional<Mapping> found;
  for (const std::string& line : lines_of(*maps)) {
    const auto mapping = parse_mapping(line, status.st_ino);
    if (mapping && (!found || found->pages < mapping->pages)) found = mapping;
  }
  const bool whole = found && found->pages * kPage >= static_cast<std::uint64_t>(status.st_size);
  return whole ? found : std::nullopt;
}

void add_page(std::vector<PageRange>& ranges, std::uint64_t page) {
  if (!ranges.empty() && ranges.back().first + ranges.back().count == page) {
    ++ranges.back().count;
  } else {
    ranges.push_back({page, 1});
  }
}

std::uint64_t sum(const std::vector<PageRange>& ranges) {
  std::uint64_t pages = 0;
  for (const PageRange& range : ranges) pages += range.count;
  return pages;
}

/// Pieces of the child's memory that are handled by one call, and room for their content.
class Batch {
 public:
  explicit Batch(pid_t child) : child_(child), content_(kMostPages * kPage, '\0') {}

  bool full() const { return pages_ == kMostPages; }
  /// So much of the range as there is room for; returns how many pages that were.
  std::uint64_t add(const Mapping& mapping, const PageRange& range) {
    const std::uint64_t count = std::min(range.count, kMostPages - pages_);
    pieces_.push_back({reinterpret_cast<void*>(mapping.address + range.first * kPage),
                       static_cast<std::size_t>(count * kPage)});
    pages_ += count;
    return count;
  }
  /// Every piece is written with what it holds; false if that fails.
  bool make_own() {
    iovec room = {content_.data(), static_cast<std::size_t>(pages_ * kPage)};
    const auto size = static_cast<ssize_t>(room.iov_len);
    const bool done =
        pages_ == 0 ||
        (::process_vm_readv(child_, &room, 1, pieces_.data(), pieces_.size(), 0) == size &&
         ::process_vm_writev(child_, &room, 1, pieces_.data(), pieces_.size(), 0) == size);
    pieces_.clear();
    if (done) made_ += pages_;
    pages_ = 0;
    return done;
  }
  std::uint64_t made() const { return made_; }

 private:
  pid_t child_;
  std::string content_;
  std::vector<iovec> pieces_;
  std::uint64_t pages_ = 0;
  std::uint64_t made_ = 0;
};

void make_own(pid_t child, const Mapping& mapping, const std::vector<PageRange>& ranges,
              std::uint64_t& made) {
  Batch batch(child);
  bool good = true;
  for (PageRange range : ranges) {
    if (range.first >= mapping.pages) break;
    range.count = std::min(range.count, mapping.pages - range.first);
    while (good && range.count > 0) {
      const std::uint64_t added = batch.add(mapping, range);
      range = {range.first + added, range.count - added};
      if (batch.full()) good = batch.make_own();
    }
  }
  if (good) batch.make_own();
  made = batch.made();
}

/// A byte of each group of pages that a fault maps at once.
void map(pid_t child, const Mapping& mapping, const std::vector<PageRange>& ranges) {
  std::array<char, kMostPages> content;
  std::vector<iovec> pieces;
  const auto read = [&] {
    iovec room = {content.data(), pieces.size()};
    if (!pieces.empty()) {
      (void)!::process_vm_readv(child, &room, 1, pieces.data(), pieces.size(), 0);
    }
    pieces.clear();
  };
  std::uint64_t next = 0;  // what lies before it is mapped
  for (const PageRange& range : ranges) {
    const std::uint64_t end = std::min(range.first + range.count, mapping.pages);
    for (std::uint64_t page = std::max(range.first, next); page < end; page = next) {
      pieces.push_back({reinterpret_cast<void*>(mapping.address + page * kPage), 1});
      next = page - page % kFaultAround + kFaultAround;
      if (pieces.size() == content.size()) read();
    }
  }
  read();
}

}  // namespace

std::uint64_t PagesInUse::written_pages() const { return sum(written); }

std::string PagesInUse::to_text() const {
  std::string text;
  for (const PageRange& range : written) text += fmt::format("w {} {}\n", range.first, range.count);
  for (const PageRange& range : read) text += fmt::format("r {} {}\n", range.first, range.count);
  return text;
}

std::optional<PagesInUse> PagesInUse::parse(std::string_view text) {
  PagesInUse pages;
  for (const std::string& line : lines_of(text)) {
    const std::vector<std::string> words = words_of(line);
    if (words.size() != 3 || (words[0] != "w" && words[0] != "r")) return std::nullopt;
    PageRange range;
    for (const auto& [word, value] :
         {std::pair(&words[1], &range.first), {&words[2], &range.count}}) {
      const auto [end, error] = std::from_chars(word->data(), word->data() + word->size(), *value);
      if (error != std::errc() || end != word->data() + word->size()) return std::nullopt;
    }
    std::vector<PageRange>& ranges = words[0] == "w" ? pages.written : pages.read;
    // Sorted, and so small that nothing overflows.
    constexpr std::uint64_t kMost = std::uint64_t{1} << 40;
    const std::uint64_t begin = ranges.empty() ? 0 : ranges.back().first + ranges.back().count;
    if (range.first < begin || range.first > kMost || range.count == 0 || range.count > kMost) {
      return std::nullopt;
    }
    ranges.push_back(range);
  }
  return pages;
}

std::optional<PagesInUse> pages_in_use(pid_t child, int file) {
  const auto mapping = find_mapping(child, file);
  if (!mapping) return std::nullopt;
  const Fd map(::open(fmt::format("/proc/{}/pagemap", child).c_str(), O_RDONLY | O_CLOEXEC));
  PagesInUse pages;
  std::vector<std::uint64_t> entries(std::size_t{1} << 16);
  for (std::uint64_t page = 0; page < mapping->pages;) {
    const std::uint64_t count = std::min<std::uint64_t>(entries.size(), mapping->pages - page);
    const auto offset = static_cast<off_t>((mapping->address / kPage + page) * sizeof entries[0]);
    const ssize_t got = ::pread(map.get(), entries.data(), count * sizeof entries[0], offset);
    if (got < static_cast<ssize_t>(sizeof entries[0])) return std::nullopt;
    const std::uint64_t number = static_cast<std::uint64_t>(got) / sizeof entries[0];
    for (std::uint64_t i = 0; i < number; ++i) {
      const std::uint64_t entry = entries[i];
      const bool present = (entry & (kPresent | kSwapped)) != 0;
      if (present) add_page((entry & kOfFile) != 0 ? pages.read : pages.written, page + i);
    }
    page += number;
  }
  return pages;
}

std::uint64_t bring_in(pid_t child, int file, const PagesInUse& pages) {
  const auto mapping = find_mapping(child, file);
  if (!mapping) return 0;
  std::uint64_t made = 0;
  make_own(child, *mapping, pages.written, made);
  map(child, *mapping, pages.read);
  return made;
}

}  // namespace quiz::base
