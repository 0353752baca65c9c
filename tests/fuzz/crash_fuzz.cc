// A kernel's log of a crash, as a guest wrote it: the part that tells of it, the messages of
// zfs_dbgmsg, and the frames of the stacks, of which numbers and names go on to other programs.
#include <cstdint>
#include <string>
#include <string_view>

#include "expect.h"
#include "openzfs/crash.h"

namespace {

using namespace quiz;
using fuzz::expect;

bool is_symbol(const std::string& text) {
  return !text.empty() &&
         text.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.$") ==
             std::string::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view log(reinterpret_cast<const char*>(data), size);
  auto lines = openzfs::crash_lines(log);
  std::size_t total = 0;
  for (const std::string& line : lines) {
    expect(line.find('\n') == std::string::npos && line.size() <= 8192, "lines are lines");
    total += line.size();
    if (const auto frame = openzfs::parse_frame(line)) {
      expect(is_symbol(frame->function), "a function has a symbol's name");
    }
  }
  expect(total <= size && lines.size() <= 100'000, "nothing comes of nothing");
  const std::size_t before = lines.size();
  const auto messages = openzfs::take_debug_messages(lines);
  expect(messages.size() + lines.size() <= before, "a line is a message or is none");
  expect(openzfs::take_debug_messages(lines).empty(), "all messages are taken");
  // Without symbols nothing is looked up, and the lines stay as they are.
  expect(openzfs::with_source_lines(lines, {}, "/checkout") == lines, "no line is lost");
  return 0;
}
