#include "openzfs/test_results.h"

#include <gtest/gtest.h>

namespace quiz::openzfs {
namespace {

constexpr char kPrinted[] =
    "Test: /usr/share/zfs/zfs-tests/tests/functional/cli_root/zpool_create/setup (run as root) "
    "[00:02] [PASS]\n"
    "Test: /usr/share/zfs/zfs-tests/tests/functional/cli_root/zpool_create/zpool_create_001_pos "
    "(run as root) [01:05] [FAIL]\n"
    "Test (Linux): /usr/share/zfs/zfs-tests/tests/functional/tmpfile/tmpfile_001_pos (run as root) "
    "[00:00] [SKIP]\n"
    "Test: /usr/share/zfs/zfs-tests/tests/functional/mmap/mmap_sync_001_pos (run as root) [10:00] "
    "[KILLED]\n"
    "Test: /usr/share/zfs/zfs-tests/tests/functional/casenorm/mixed (run as root) [00:01] [FAIL]\n"
    "something else [x] (run as nobody)\n"
    "\nResults Summary\nPASS\t   1\n\n"
    "Tests with results other than PASS that are expected:\n"
    "    FAIL casenorm/mixed (https://github.com/openzfs/zfs/issues/7633)\n"
    "    FAIL not/there (x)\n"
    "\nTests with results other than PASS that are unexpected:\n"
    "    FAIL cli_root/zpool_create/zpool_create_001_pos (expected PASS)\n";

TEST(TestResults, AreReadFromWhatTheSuitePrints) {
  const auto cases = parse_results(kPrinted);
  ASSERT_EQ(cases.size(), 5U);
  EXPECT_EQ(cases[0].group, "cli_root/zpool_create");
  EXPECT_EQ(cases[0].name, "setup");
  EXPECT_EQ(cases[1].seconds, 65U);
  EXPECT_EQ(cases[1].result, "FAIL");
  EXPECT_FALSE(cases[1].known);
  EXPECT_EQ(cases[2].group, "tmpfile");
  EXPECT_TRUE(cases[4].known);
  EXPECT_EQ(cases[4].reason, "https://github.com/openzfs/zfs/issues/7633");
  EXPECT_EQ(summary(count(cases)), "5 tests: 1 passed, 2 failed, 1 failed as known, 1 skipped");
}

TEST(TestResults, AreOnlyWhatCanBeATestsNameAndResult) {
  for (const char* line : {"Test: /x/tests/functional/a/b c (run as root) [00:02] [FAIL]\n",
                           "Test: /x/tests/functional/a/\x1b[31m (run as root) [00:02] [FAIL]\n",
                           "Test: /x/tests/functional/a/\xc2\x9b (run as root) [00:02] [FAIL]\n",
                           "Test: /x/tests/functional/a/b (run as root) [00:02] [FAIL \x1b[31m]\n",
                           "Test: /x/tests/functional/a/b (run as root) [00:02] [<script>]\n"}) {
    EXPECT_TRUE(parse_results(line).empty()) << line;
  }
  EXPECT_FALSE(broken_test("/x/tests/functional/a/\x1b[31m\n"));
  EXPECT_FALSE(broken_test(std::string(100'000, 'x')));
}

TEST(TestResults, OfTooManyTestsTheFirstAreKept) {
  std::string printed;
  for (int i = 0; i < 120'000; ++i) {
    printed +=
        "Test: /x/tests/functional/a/t" + std::to_string(i) + " (run as root) [00:02] [FAIL]\n";
  }
  const auto cases = parse_results(printed);
  EXPECT_EQ(cases.size(), 100'000U);
  auto all = cases;
  EXPECT_FALSE(merge(all, cases));  // and in less than a lifetime
  EXPECT_EQ(all.size(), cases.size());
}

TEST(TestResults, ATestThatWasRunAgainCountsOnce) {
  const auto cases = parse_results(
      "Test: /x/tests/functional/a/b (run as root) [00:02] [FAIL]\n"
      "Test: /x/tests/functional/a/b (run as root) [00:03] [PASS]\n");
  ASSERT_EQ(cases.size(), 1U);
  EXPECT_EQ(cases[0].result, "PASS");
}

TEST(TestResults, ATestHasTheSameNameHoweverItWasAskedFor) {
  const auto cases = parse_results(
      "Test: /x/tests/functional/a/b.ksh (run as root) [00:02] [FAIL]\n"
      "Tests with results other than PASS that are expected:\n"
      "    FAIL a/b.ksh (known)\n");
  ASSERT_EQ(cases.size(), 1U);
  EXPECT_EQ(cases[0].name, "b");
  EXPECT_TRUE(cases[0].known);
  EXPECT_EQ(results_so_far({*broken_test("/x/tests/functional/a/b.ksh\n")}), "PANIC a/b\n");
}

TEST(TestResults, TheTestInWhichTheMachineEndedHasFailed) {
  const auto test =
      broken_test("/usr/share/zfs/zfs-tests/tests/functional/cli_root/zpool_add/add_001_pos\n");
  ASSERT_TRUE(test);
  EXPECT_EQ(results_so_far({*test}), "PANIC cli_root/zpool_add/add_001_pos\n");
  EXPECT_EQ(summary(count({*test})), "1 tests: 0 passed, 1 failed");
  EXPECT_NE(junit({*test}).find("<failure message=\"the machine panicked\">"), std::string::npos);
  EXPECT_FALSE(broken_test(""));
  EXPECT_FALSE(broken_test("\n/a/b\n"));
}

TEST(TestResults, OfSeveralMachinesTheLaterResultCounts) {
  std::vector<TestCase> all;
  const auto test = [](const char* name, const char* result) {
    TestCase made;
    made.group = "g";
    made.name = name;
    made.result = result;
    return made;
  };
  EXPECT_TRUE(merge(all, {test("setup", "PASS"), test("a", "PANIC")}));
  EXPECT_FALSE(merge(all, {test("setup", "PASS")}));
  EXPECT_TRUE(merge(all, {test("setup", "PANIC")}));
  EXPECT_FALSE(merge(all, {test("setup", "PANIC")}));
  EXPECT_TRUE(merge(all, {test("b", "FAIL")}));
  EXPECT_EQ(results_so_far(all), "PANIC g/setup\nPANIC g/a\nFAIL g/b\n");
}

TEST(TestResults, RubbishIsNoTest) {
  EXPECT_TRUE(parse_results("").empty());
  EXPECT_TRUE(parse_results("Test\nTest: \nTest: a (run as b)\nTest: a (run as b) [x] [PASS]\n"
                            "Test: a (run as b) [00:01\nTest (run as : \n")
                  .empty());
}

TEST(TestResults, TheOutputOfWhatFailedIsAdded) {
  auto cases = parse_results(kPrinted);
  add_output(cases,
             "Test: /z/tests/functional/cli_root/zpool_create/setup (run as root) [00:02] [PASS]\n"
             "10:00:00.00 fine\n"
             "Test: /z/tests/functional/cli_root/zpool_create/zpool_create_001_pos (run as root) "
             "[01:05] [FAIL]\n"
             "10:00:01.00 ERROR: zpool create & <more>\n");
  EXPECT_EQ(cases[0].output, "");
  EXPECT_EQ(cases[1].output, "10:00:01.00 ERROR: zpool create & <more>\n");
}

TEST(TestResults, BecomeJunit) {
  auto cases = parse_results(kPrinted);
  cases[1].output = "a < b & \"c\" \x01\xff";
  const std::string xml = junit(cases);
  EXPECT_NE(xml.find("<testsuite name=\"cli_root/zpool_create\" tests=\"2\" failures=\"1\" "
                     "skipped=\"0\" time=\"67\">"),
            std::string::npos);
  EXPECT_NE(xml.find("a &lt; b &amp; &quot;c&quot; ??"), std::string::npos);
  EXPECT_NE(xml.find("<failure message=\"timed out\">"), std::string::npos);
  EXPECT_NE(
      xml.find("<skipped message=\"FAIL, known: https://github.com/openzfs/zfs/issues/7633\""),
      std::string::npos);
}

}  // namespace
}  // namespace quiz::openzfs
