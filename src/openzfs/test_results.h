// What a run of OpenZFS's test suite has to tell: the lines of its test runner, the report that
// maps known failures (zts-report.py), and the log with each test's own words; for people and as
// JUnit. Pure. The guest wrote all of it: nothing is believed but that it is text.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quiz::openzfs {

struct TestCase {
  std::string group;   ///< "cli_root/zpool_create"
  std::string name;    ///< "zpool_create_001_pos"
  std::string result;  ///< PASS, FAIL, SKIP, KILLED (a time-out) or PANIC (of the machine)
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

/// The test in which a machine ended, from the path that the suite's `sudo` had written down.
/// nullopt: none had begun.
std::optional<TestCase> broken_test(std::string_view path);

/// Adds the results of another machine: of a test that both have run the later one counts. True if
/// there was a new test, or one that now has ended the machine.
bool merge(std::vector<TestCase>& cases, const std::vector<TestCase>& more);

/// A line "RESULT GROUP/NAME" for each: what data/profiles/ztest's quiz-zfs-remaining reads.
std::string results_so_far(const std::vector<TestCase>& cases);

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
