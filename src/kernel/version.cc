#include "kernel/version.h"

#include <algorithm>
#include <cstddef>

namespace quiz::kernel {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// '~' sorts before the end, the end before letters, letters before everything else.
int rank(std::string_view text, std::size_t at) {
  if (at >= text.size() || is_digit(text[at])) return 0;
  if (text[at] == '~') return -1;
  if (is_letter(text[at])) return text[at];
  return static_cast<unsigned char>(text[at]) + 256;
}

/// The number at the front, without leading zeros; removed from `text`.
std::string_view take_number(std::string_view& text) {
  const std::size_t begin = std::min(text.find_first_not_of('0'), text.size());
  std::size_t end = begin;
  while (end < text.size() && is_digit(text[end])) ++end;
  const std::string_view number = text.substr(begin, end - begin);
  text.remove_prefix(end);
  return number;
}

int compare_part(std::string_view a, std::string_view b) {
  while (!a.empty() || !b.empty()) {
    std::size_t at = 0;
    while ((at < a.size() && !is_digit(a[at])) || (at < b.size() && !is_digit(b[at]))) {
      const int difference = rank(a, at) - rank(b, at);
      if (difference != 0) return difference;
      ++at;
    }
    a.remove_prefix(at);
    b.remove_prefix(at);
    const std::string_view left = take_number(a);
    const std::string_view right = take_number(b);
    if (left.size() != right.size()) return left.size() < right.size() ? -1 : 1;
    if (const int difference = left.compare(right); difference != 0) return difference;
  }
  return 0;
}

struct Parts {
  std::string_view epoch, upstream, revision;
};

Parts split(std::string_view version) {
  Parts parts;
  if (const std::size_t colon = version.find(':'); colon != std::string_view::npos) {
    parts.epoch = version.substr(0, colon);
    version.remove_prefix(colon + 1);
  }
  const std::size_t dash = version.rfind('-');
  parts.upstream = version.substr(0, dash);
  if (dash != std::string_view::npos) parts.revision = version.substr(dash + 1);
  return parts;
}

}  // namespace

int compare_versions(std::string_view a, std::string_view b) {
  const Parts left = split(a);
  const Parts right = split(b);
  if (const int result = compare_part(left.epoch, right.epoch); result != 0) return result;
  if (const int result = compare_part(left.upstream, right.upstream); result != 0) return result;
  return compare_part(left.revision, right.revision);
}

bool version_has_prefix(std::string_view version, std::string_view prefix) {
  if (prefix.empty() || !version.starts_with(prefix)) return false;
  if (version.size() == prefix.size()) return true;
  const char next = version[prefix.size()];
  return !is_digit(next) && !is_letter(next);
}

std::string version_from_banner(std::string_view banner, std::string_view release) {
  constexpr std::string_view kDebian = " Debian ";
  if (const std::size_t at = banner.rfind(kDebian); at != std::string_view::npos) {
    const std::string_view rest = banner.substr(at + kDebian.size());
    const std::string_view version = rest.substr(0, rest.find(' '));
    if (!version.empty() && is_digit(version[0])) return std::string(version);
  }
  return std::string(release);
}

std::string series_of(std::string_view version) {
  const std::size_t first = version.find('.');
  if (first == std::string_view::npos) return std::string(version);
  return std::string(version.substr(0, version.find_first_not_of("0123456789", first + 1)));
}

bool looks_like_version(std::string_view text) {
  return !text.empty() && text[0] >= '0' && text[0] <= '9' &&
         text.find('/') == std::string_view::npos;
}

}  // namespace quiz::kernel
