#include "openzfs/test_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <tuple>
#include <utility>

namespace quiz::openzfs {

namespace {

constexpr const char* kPanic = "PANIC";
constexpr std::size_t kMostOutput = std::size_t{64} * 1024;  // of one test
// The whole suite has 2000 tests, with names of 80 characters: more is nonsense.
constexpr std::size_t kMostCases = 100'000;
constexpr std::size_t kLongestName = 512;
constexpr std::size_t kLongestResult = 16;
constexpr std::size_t kLongestReason = 1024;

template <typename Each>
void for_each_line(std::string_view text, Each each) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    each(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

/// What stands between `open` and the next `close`; removed from `text` with all before it.
std::optional<std::string_view> cut(std::string_view& text, char open, char close) {
  const std::size_t begin = text.find(open);
  if (begin == std::string_view::npos) return std::nullopt;
  const std::size_t end = text.find(close, begin + 1);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view inside = text.substr(begin + 1, end - begin - 1);
  text.remove_prefix(end + 1);
  return inside;
}

/// "02:10" as seconds.
std::optional<unsigned> read_time(std::string_view text) {
  unsigned total = 0;
  unsigned part = 0;
  if (text.empty() || text.size() > 8) return std::nullopt;
  for (const char c : text) {
    if (c == ':') {
      total = (total + part) * 60;
      part = 0;
    } else if (c >= '0' && c <= '9') {
      part = part * 10 + static_cast<unsigned>(c - '0');
    } else {
      return std::nullopt;
    }
  }
  return total + part;
}

/// Names end up in files that are read word by word, on terminals and in XML.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

bool is_result(std::string_view text) {
  return !text.empty() && text.size() <= kLongestResult &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// "cli_root/zpool_create/zpool_create_001_pos" as group and name. With -t the suite names tests
/// by their files, which end in .ksh.
std::pair<std::string, std::string> split_path(std::string_view path) {
  if (path.ends_with(".ksh")) path.remove_suffix(4);
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {"", std::string(path)};
  return {std::string(path.substr(0, slash)), std::string(path.substr(slash + 1))};
}

/// The part of a test's path that names it.
std::string_view relative(std::string_view path) {
  for (const std::string_view before : {"/tests/functional/", "/tests/perf/regression/"}) {
    const std::size_t at = path.find(before);
    if (at != std::string_view::npos) return path.substr(at + before.size());
  }
  return path;
}

/// "Test: PATH (run as USER) [00:01] [PASS]"; since OpenZFS 2.2 also "Test (Linux): PATH".
std::optional<TestCase> read_test_line(std::string_view line) {
  if (!line.starts_with("Test")) return std::nullopt;
  const std::size_t colon = line.find(": ");
  const std::size_t user = line.find(" (run as ");
  if (colon == std::string_view::npos || user == std::string_view::npos || user < colon) {
    return std::nullopt;
  }
  const std::string_view path = relative(line.substr(colon + 2, user - colon - 2));
  if (!is_name(path)) return std::nullopt;
  TestCase test;
  std::tie(test.group, test.name) = split_path(path);
  std::string_view rest = line.substr(user);
  const auto time = cut(rest, '[', ']');
  const auto result = cut(rest, '[', ']');
  const auto seconds = time ? read_time(*time) : std::nullopt;
  if (!seconds || !result || !is_result(*result) || test.name.empty()) return std::nullopt;
  test.seconds = *seconds;
  test.result = *result;
  return test;
}

std::string path_of(const TestCase& test) {
  return test.group.empty() ? test.name : test.group + "/" + test.name;
}

/// The lines "    FAIL group/name (reason)" of the report's list of what was expected.
std::map<std::string, std::string> read_known(std::string_view printed) {
  std::map<std::string, std::string> known;
  bool inside = false;
  for_each_line(printed, [&](std::string_view line) {
    if (line.starts_with("Tests with ")) {
      inside = line == "Tests with results other than PASS that are expected:";
    } else if (inside && line.starts_with("    ")) {
      line.remove_prefix(4);
      const std::size_t name = line.find(' ');
      const std::size_t reason = line.find(" (", name + 1);
      if (name == std::string_view::npos || reason == std::string_view::npos) return;
      std::string_view text = line.substr(reason + 2);
      if (text.ends_with(')')) text.remove_suffix(1);
      text = text.substr(0, kLongestReason);
      TestCase test;
      std::tie(test.group, test.name) = split_path(line.substr(name + 1, reason - name - 1));
      known[path_of(test)] = text;
    }
  });
  return known;
}

/// Text that may stand in XML 1.0: control characters and what is no UTF-8 become '?'.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char letter : text) {
    const auto c = static_cast<unsigned char>(letter);
    if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else if (c == '&')
      result += "&amp;";
    else if (c == '"')
      result += "&quot;";
    else if ((c < 0x20 && c != '\n' && c != '\t') || c >= 0x7f)
      result += '?';
    else
      result += letter;
  }
  return result;
}

void write_case(std::string& xml, const TestCase& test) {
  xml += fmt::format(R"(    <testcase classname="{}" name="{}" time="{}")", escaped(test.group),
                     escaped(test.name), test.seconds);
  if (test.result == "PASS") {
    xml += "/>\n";
    return;
  }
  xml += ">\n";
  if (test.known || test.result == "SKIP") {
    xml += fmt::format("      <skipped message=\"{}\"/>\n",
                       escaped(test.result + (test.known ? ", known: " + test.reason : "")));
  } else {
    xml += fmt::format("      <failure message=\"{}\">{}</failure>\n",
                       test.result == "KILLED" ? "timed out"
                       : test.result == kPanic ? "the machine panicked"
                                               : escaped(test.result),
                       escaped(test.output));
  }
  xml += "    </testcase>\n";
}

}  // namespace

std::vector<TestCase> parse_results(std::string_view printed) {
  std::vector<TestCase> cases;
  std::map<std::string, std::size_t> places;
  for_each_line(printed, [&](std::string_view line) {
    auto test = read_test_line(line);
    if (!test || cases.size() == kMostCases) return;
    const auto [place, is_new] = places.emplace(path_of(*test), cases.size());
    if (is_new) {
      cases.push_back(std::move(*test));
    } else {
      cases[place->second] = std::move(*test);
    }
  });
  for (const auto& [path, reason] : read_known(printed)) {
    const auto place = places.find(path);
    if (place == places.end()) continue;
    cases[place->second].known = cases[place->second].result != "PASS";
    cases[place->second].reason = reason;
  }
  return cases;
}

void add_output(std::vector<TestCase>& cases, std::string_view log) {
  std::map<std::string, TestCase*> wanted;
  for (TestCase& test : cases) {
    if (test.result != "PASS") wanted[path_of(test)] = &test;
  }
  TestCase* current = nullptr;
  for_each_line(log, [&](std::string_view line) {
    if (const auto test = read_test_line(line)) {
      const auto found = wanted.find(path_of(*test));
      current = found == wanted.end() ? nullptr : found->second;
      if (current != nullptr) current->output.clear();
    } else if (current != nullptr) {
      current->output.append(line).append("\n");
      // The end says why it failed.
      if (current->output.size() > kMostOutput) {
        current->output.erase(0, current->output.size() - kMostOutput / 2);
      }
    }
  });
}

std::optional<TestCase> broken_test(std::string_view path) {
  path = relative(path.substr(0, path.find('\n')));
  if (!is_name(path)) return std::nullopt;
  TestCase test;
  std::tie(test.group, test.name) = split_path(path);
  if (test.name.empty()) return std::nullopt;
  test.result = kPanic;
  return test;
}

bool merge(std::vector<TestCase>& cases, const std::vector<TestCase>& more) {
  std::map<std::string, std::size_t> places;
  for (std::size_t at = 0; at < cases.size(); ++at) places.emplace(path_of(cases[at]), at);
  bool further = false;
  for (const TestCase& test : more) {
    const auto [place, is_new] = places.emplace(path_of(test), cases.size());
    if (is_new) {
      if (cases.size() == kMostCases) continue;
      cases.push_back(test);
      further = true;
    } else if (place->second < cases.size()) {
      TestCase& known = cases[place->second];
      further = further || (test.result == kPanic && known.result != kPanic);
      known = test;
    }
  }
  return further;
}

std::string results_so_far(const std::vector<TestCase>& cases) {
  std::string lines;
  for (const TestCase& test : cases) lines += fmt::format("{} {}\n", test.result, path_of(test));
  return lines;
}

Counts count(const std::vector<TestCase>& cases) {
  Counts counts;
  for (const TestCase& test : cases) {
    if (test.result == "PASS")
      ++counts.passed;
    else if (test.result == "SKIP")
      ++counts.skipped;
    else if (test.known)
      ++counts.known;
    else
      ++counts.failed;
  }
  return counts;
}

std::string summary(const Counts& counts) {
  std::string text = fmt::format("{} tests: {} passed", counts.total(), counts.passed);
  const auto add = [&](std::size_t number, const char* what) {
    if (number > 0) text += fmt::format(", {} {}", number, what);
  };
  add(counts.failed, "failed");
  add(counts.known, "failed as known");
  add(counts.skipped, "skipped");
  return text;
}

std::string junit(const std::vector<TestCase>& cases) {
  std::map<std::string, std::vector<const TestCase*>> groups;
  for (const TestCase& test : cases) groups[test.group].push_back(&test);
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (const auto& [group, tests] : groups) {
    std::vector<TestCase> of_group;
    std::uint64_t seconds = 0;
    for (const TestCase* test : tests) {
      of_group.push_back(*test);
      seconds += test->seconds;
    }
    const Counts counts = count(of_group);
    xml += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\" time=\"{}\">\n",
        escaped(group), counts.total(), counts.failed, counts.known + counts.skipped, seconds);
    for (const TestCase* test : tests) write_case(xml, *test);
    xml += "  </testsuite>\n";
  }
  return xml + "</testsuites>\n";
}

}  // namespace quiz::openzfs
