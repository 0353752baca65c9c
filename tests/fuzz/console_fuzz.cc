// The guest's console on arbitrary bytes in arbitrary pieces: what is recognised does not depend on
// the pieces, and no line that comes out can harm a terminal.
#include <cstdint>
#include <string>
#include <string_view>

#include "expect.h"
#include "relay/console_log.h"

namespace {

using quiz::fuzz::expect;
using quiz::relay::ConsoleLog;

void expect_harmless(const std::string& line) {
  expect(line.size() <= 4096, "no line is endless");
  for (const char c : line) expect((c >= ' ' && c < 0x7f) || c == '\t', "every line is harmless");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t step = data[0] + std::size_t{1};
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::size_t lines = 0;
  ConsoleLog whole({}, [&](const std::string& line) {
    expect_harmless(line);
    ++lines;
  });
  whole.add(bytes);
  std::size_t lines_in_pieces = 0;
  ConsoleLog pieces({}, [&](const std::string&) { ++lines_in_pieces; });
  for (std::size_t at = 0; at < bytes.size(); at += step) pieces.add(bytes.substr(at, step));

  expect(lines == lines_in_pieces, "the lines do not depend on the pieces");
  expect(whole.panic() == pieces.panic() && whole.oops() == pieces.oops() &&
             whole.halted() == pieces.halted() && whole.init_failure() == pieces.init_failure(),
         "what is recognised does not depend on the pieces");
  for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{25}}) {
    const auto words = whole.last_words(count);
    expect(words == pieces.last_words(count), "the last words do not depend on the pieces");
    if (!whole.panic() && !whole.oops()) expect(words.size() <= count, "no more than asked for");
  }
  for (const auto& text : {whole.panic(), whole.oops(), whole.init_failure()}) {
    if (text) expect_harmless(*text);
  }
  return 0;
}
