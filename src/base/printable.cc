#include "base/printable.h"

#include <algorithm>
#include <cstdlib>

#include "base/hexadecimal.h"

namespace quiz::base {

namespace {

void append_escaped(std::string& result, std::string_view bytes) {
  for (const char c : bytes) result += "\\x" + to_hexadecimal({&c, 1});
}

/// The number of bytes of the UTF-8 character (RFC 3629) that the text begins with, and which one
/// it is; 0: it begins with none.
std::size_t decode(std::string_view text, char32_t& character) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t size = lead < 0x80   ? 1
                           : lead < 0xc2 ? 0
                           : lead < 0xe0 ? 2
                           : lead < 0xf0 ? 3
                                         : 4;
  if (size == 0 || lead > 0xf4 || size > text.size()) return 0;
  constexpr unsigned kLeadBits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
  character = lead & kLeadBits[size];
  for (std::size_t i = 1; i < size; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0) != 0x80) return 0;
    character = (character << 6) | (byte & 0x3fU);
  }
  const bool too_long = (size == 3 && character < 0x800) || (size == 4 && character < 0x10000);
  const bool none = (character >= 0xd800 && character < 0xe000) || character > 0x10ffff;
  return too_long || none ? 0 : size;
}

bool is_control(char32_t character) {
  return character < 0x20 || (character >= 0x7f && character < 0xa0);
}

/// Line and paragraph separators, and what makes a text read otherwise than it is (UAX #9).
bool turns_writing(char32_t character) {
  return character == 0x61c || character == 0x200e || character == 0x200f ||
         (character >= 0x2028 && character <= 0x202e) ||
         (character >= 0x2066 && character <= 0x2069);
}

}  // namespace

Characters terminal_characters() {
  for (const char* const name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* const value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    std::string locale = value;
    std::transform(locale.begin(), locale.end(), locale.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    // Without an encoding (C, POSIX, a bare de_DE) nothing is said about the terminal.
    const std::size_t dot = locale.find('.');
    if (dot == std::string::npos) break;
    const std::string_view encoding = std::string_view(locale).substr(dot + 1);
    return encoding.starts_with("utf-8") || encoding.starts_with("utf8") ? Characters::utf8
                                                                         : Characters::ascii;
  }
  return Characters::utf8;
}

std::string printable(std::string_view text, Characters characters) {
  std::string result;
  while (!text.empty()) {
    char32_t character = 0;
    const std::size_t size = decode(text, character);
    const std::string_view bytes = text.substr(0, std::max<std::size_t>(size, 1));
    const bool shown = character == '\n' || character == '\t' ||
                       (!is_control(character) && !turns_writing(character) &&
                        (size == 1 || characters == Characters::utf8));
    if (size > 0 && shown) {
      result += bytes;
    } else {
      append_escaped(result, bytes);
    }
    text.remove_prefix(bytes.size());
  }
  return result;
}

std::string printable_line(std::string_view line, std::size_t longest) {
  constexpr std::string_view kCut = "...";
  std::string result;
  for (const char c : line) {
    if (result.size() > longest) break;
    if ((c >= ' ' && c < 0x7f) || c == '\t') {
      result += c;
    } else {
      append_escaped(result, {&c, 1});
    }
  }
  if (result.size() > longest) {
    result.resize(longest - std::min(longest, kCut.size()));
    result += kCut;
  }
  return result;
}

std::string printable_lines(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    result += printable_line(line) + "\n";
  }
  return result;
}

std::string quoted(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') text += '\\';
    text += printable_line({&c, 1});
  }
  return text + '"';
}

}  // namespace quiz::base
