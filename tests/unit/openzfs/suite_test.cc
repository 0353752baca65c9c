// The suite over several machines, which here are a function that writes what a machine would.
#include "openzfs/suite.h"

#include <gtest/gtest.h>

#include "../base/warnings.h"
#include "base/files.h"

namespace quiz::openzfs {
namespace {

std::string line(const std::string& test, const std::string& result) {
  return "Test: /x/tests/functional/" + test + " (run as root) [00:01] [" + result + "]\n";
}

/// What a machine leaves: the lines of the suite, and the test that was running at its end.
struct Left {
  std::string printed;
  std::string running;
  MachineEnd end;
};

class SuiteTest : public testing::Test {
 protected:
  /// Runs the suite in these machines, one after the other; more would be a fault.
  SuiteEnd run(const std::vector<Left>& machines, const SuiteRequest& request = {}) {
    return run_suite(
        {directory_.path(), {}}, request, results_,
        [&](const std::filesystem::path& output) {
          const Left& left = machines.at(used_++);
          done_.push_back(base::read_file_if_exists(output / "done").value_or(""));
          base::write_file_atomically(output / "printed", left.printed);
          base::write_file_atomically(output / "running", left.running);
          return left.end;
        },
        reporter_);
  }

  base::TempDir directory_{std::filesystem::temp_directory_path(), "quiz-unit-"};
  SuiteResults results_ = SuiteResults::in(directory_.path() / "results");
  test::Warnings reporter_;
  std::size_t used_ = 0;
  std::vector<std::string> done_;  // what each machine was told to leave out
};

constexpr MachineEnd kPanic = {122, true, false};
constexpr MachineEnd kLost = {123, false, true};

TEST_F(SuiteTest, IsOneMachineWhereThatComesToItsEnd) {
  const SuiteEnd end =
      run({{line("a/one", "PASS") + line("a/two", "FAIL"), "", {1, false, false}}});
  EXPECT_EQ(end.status, 1);
  EXPECT_EQ(summary(count(end.cases)), "2 tests: 1 passed, 1 failed");
  EXPECT_EQ(base::read_file(results_.path() / "results"), "PASS a/one\nFAIL a/two\n");
}

TEST_F(SuiteTest, GoesOnInAnotherMachineBehindTheTestThatEndedOne) {
  const SuiteEnd end = run({{line("a/one", "PASS"), "/x/tests/functional/a/two\n", kPanic},
                            {line("a/three", "PASS"), "", {0, false, false}}});
  EXPECT_EQ(used_, 2U);
  EXPECT_EQ(done_[0], "");
  EXPECT_EQ(done_[1], "PASS a/one\nPANIC a/two\n");
  EXPECT_EQ(end.status, 1) << "the last machine's 0 does not tell of the one that panicked";
  EXPECT_EQ(summary(count(end.cases)), "3 tests: 2 passed, 1 failed");
  EXPECT_EQ(
      reporter_.all,
      "the machine ended in a/two, which has failed: the tests after it run in another one\n");
}

TEST_F(SuiteTest, EndsWhereAMachineGotNoFurtherThanTheOneBefore) {
  const Left again = {"", "/x/tests/functional/a/one\n", kLost};
  EXPECT_EQ(run({again, again}).status, 123);
  EXPECT_EQ(used_, 2U);
}

TEST_F(SuiteTest, EndsWithAMachineThatEndedBetweenTests) {
  EXPECT_EQ(run({{line("a/one", "PASS"), "", kLost}}).status, 123);
}

TEST_F(SuiteTest, OfOneTestNeedsOneMachine) {
  EXPECT_EQ(run({{"", "/x/tests/functional/a/one\n", kPanic}}, {"", true}).status, 122);
}

TEST_F(SuiteTest, FailsByItsTestsWhereItsOwnReportKnowsNothingOfThem) {
  const SuiteEnd end = run({{line("own/one", "FAIL") + "No test results were found.\n", "", {}}});
  EXPECT_EQ(end.status, 1);
}

TEST_F(SuiteTest, WritesItsReportAfterEachMachine) {
  const std::string junit = (directory_.path() / "report.xml").string();
  EXPECT_THROW(
      run({{line("a/one", "PASS"), "/x/tests/functional/a/two\n", kPanic}}, {junit, false}),
      std::out_of_range)
      << "there is no second machine here";
  EXPECT_NE(base::read_file(junit).find("\"two\""), std::string::npos);
}

}  // namespace
}  // namespace quiz::openzfs
