// What a run of OpenZFS's test suite has to tell: the lines of its test runner, the report that
// maps known failures (zts-report.py), and the log with each test's own words; for people and as
// JUnit. Pure. The guest wrote all of it: nothing is believed but that it is text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace quiz::openzfs {

struct TestCase {
  std::string group;   ///< "cli_root/zpool_create"
  std::string name;    ///< "zpool_create_001_pos"
  std::string result;  ///< PASS, FAIL, SKIP or KILLED (which is a time-out)
  unsigned seconds = 0;
  bool known = false;  ///< a result other than PASS that the report expects
  std::string reason;  ///< what the report says about it: an issue's address
  std::string output;  ///< its own words, the last lines of them; only where it did not pass
};

/// From what zfs-tests.sh printed; a test that was run again counts once, as it ended last. A run
/// that was cut off has the tests up to there.
std::vector<TestCase> parse_results(std::string_view printed);

/// Adds the output of the tests that did not pass, from the test runner's log.
void add_output(std::vector<TestCase>& cases, std::string_view log);

struct Counts {
  std::size_t passed = 0;
  std::size_t failed = 0;  ///< unexpectedly, time-outs among them
  std::size_t known = 0;   ///< failed as known
  std::size_t skipped = 0;
  std::size_t total() const { return passed + failed + known + skipped; }
};
Counts count(const std::vector<TestCase>& cases);

/// "36 tests: 33 passed, 1 failed, 2 skipped".
std::string summary(const Counts& counts);

/// A JUnit file: one test suite for each group; known failures count as skipped, with the reason.
std::string junit(const std::vector<TestCase>& cases);

}  // namespace quiz::openzfs
