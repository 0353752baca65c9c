#include "qemu/block_stats.h"

#include <charconv>
#include <string>

#include "base/lines.h"
#include "base/printable.h"

namespace quiz::qemu {

namespace {

constexpr std::size_t kMostDisks = 256;
constexpr std::size_t kLongestName = 64;

/// The number behind "NAME=".
std::uint64_t number(const std::vector<std::string>& words, std::string_view name) {
  for (const std::string& word : words) {
    if (!word.starts_with(name) || word.size() <= name.size() || word[name.size()] != '=') continue;
    std::uint64_t value = 0;
    std::from_chars(word.data() + name.size() + 1, word.data() + word.size(), value);
    return value;
  }
  return 0;
}

}  // namespace

std::vector<machine::DiskTraffic> parse_block_stats(std::string_view text) {
  std::vector<machine::DiskTraffic> disks;
  // "quizb0: rd_bytes=512 wr_bytes=0 rd_operations=1 wr_operations=0 …"
  for (const std::string& line : base::lines_of(text)) {
    const std::size_t colon = line.find(": rd_bytes=");
    if (colon == std::string::npos || disks.size() == kMostDisks) continue;
    const auto words = base::words_of(std::string_view(line).substr(colon + 1));
    disks.push_back({base::printable_line(line.substr(0, colon), kLongestName),
                     number(words, "rd_bytes"), number(words, "wr_bytes"),
                     number(words, "rd_operations"), number(words, "wr_operations")});
  }
  return disks;
}

}  // namespace quiz::qemu
