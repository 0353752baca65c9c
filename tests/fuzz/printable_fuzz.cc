// Names, messages and lines of arbitrary bytes: what comes out holds no control character of any
// kind, in ASCII alone where that is asked for; what is harmless stays as it is.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/printable.h"
#include "expect.h"

namespace {

using namespace quiz;
using fuzz::expect;

bool is_plain(char c) { return c >= ' ' && c < 0x7f; }

void check_utf8(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    expect(byte >= 0x20 || byte == '\n' || byte == '\t', "no control character");
    expect(byte != 0x7f, "no DEL");
    if (byte == 0xc2) expect(static_cast<unsigned char>(text[i + 1]) >= 0xa0, "no C1 as UTF-8");
  }
  expect(base::printable(text, base::Characters::utf8) == text, "nothing is left to escape");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_utf8(base::printable(text, base::Characters::utf8));
  for (const char c : base::printable(text, base::Characters::ascii)) {
    expect(is_plain(c) || c == '\n' || c == '\t', "ASCII alone");
  }
  const std::string line = base::printable_line(text, 100);
  expect(line.size() <= 100, "no line is long");
  for (const char c : line) expect(is_plain(c) || c == '\t', "a line is one line");
  for (const char c : base::printable_lines(text)) {
    expect(is_plain(c) || c == '\n' || c == '\t', "lines of ASCII");
  }
  if (std::all_of(text.begin(), text.end(), is_plain)) {
    expect(base::printable(text, base::Characters::ascii) == text, "what is harmless stays");
  }
  return 0;
}
