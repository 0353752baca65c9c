// What a run of OpenZFS's test suite left, from a guest that wrote what it liked: everything that
// is made of it is harmless on a terminal, one line where it must be one, and XML.
//
// The input: what the suite printed, a NUL, the test runner's log, a NUL, the file `running`.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "expect.h"
#include "openzfs/test_results.h"

namespace {

using namespace quiz;
using fuzz::expect;

std::string_view take(std::string_view& rest) {
  const std::string_view part = rest.substr(0, rest.find('\0'));
  rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  return part;
}

void expect_word(const std::string& word) {
  for (const char c : word) expect(c > ' ' && c < 0x7f, "names and results are printable words");
}

void expect_xml(const std::string& xml) {
  std::size_t open = 0;
  std::size_t quotes = 0;
  for (const char c : xml) {
    expect((c >= ' ' && c < 0x7f) || c == '\n' || c == '\t', "the file has no control characters");
    if (c == '<') {
      expect(open++ == 0, "no tag begins in a tag");
      quotes = 0;
    } else if (c == '>') {
      expect(open-- == 1 && quotes % 2 == 0, "a tag ends outside of its values");
    } else if (c == '"' && open == 1) {
      ++quotes;
    }
  }
  expect(open == 0, "every tag ends");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  auto cases = openzfs::parse_results(take(rest));
  openzfs::add_output(cases, take(rest));
  const auto broken = openzfs::broken_test(take(rest));
  if (broken) openzfs::merge(cases, {*broken});
  for (const openzfs::TestCase& test : cases) {
    expect_word(test.group);
    expect_word(test.name);
    expect_word(test.result);
    expect(!test.name.empty() && !test.result.empty(), "each test has a name and a result");
    expect(test.output.size() <= std::max<std::size_t>(65536, size), "no output is endless");
  }
  expect(openzfs::count(cases).total() == cases.size(), "every test counts once");
  const std::string list = openzfs::results_so_far(cases);
  expect(static_cast<std::size_t>(std::count(list.begin(), list.end(), '\n')) == cases.size() &&
             static_cast<std::size_t>(std::count(list.begin(), list.end(), ' ')) == cases.size(),
         "two words on a line for each test");
  auto again = cases;
  expect(!openzfs::merge(again, cases), "the same results bring nothing new");
  expect(again.size() == cases.size(), "nor more of them");
  expect_xml(openzfs::junit(cases));
  return 0;
}
