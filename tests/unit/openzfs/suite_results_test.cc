// What the machines of a run of the suite may have left in their directories.
#include "openzfs/suite_results.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"

namespace quiz::openzfs {
namespace {

class SuiteResultsTest : public testing::Test {
 protected:
  SuiteResultsTest() {
    base::make_directories(secret_);
    base::write_file_atomically(secret_ / "printed", "secret");
    base::write_file_atomically(secret_ / "log", "secret");
  }
  base::TempDir directory_{fs::temp_directory_path()};
  fs::path top_ = directory_.path() / "results";
  fs::path secret_ = directory_.path() / "secret";
};

TEST_F(SuiteResultsTest, GiveEachMachineADirectoryThatNoOtherMachineCouldWrite) {
  SuiteResults results = SuiteResults::in(top_);
  const fs::path first = results.add_machine("");
  EXPECT_FALSE(fs::exists(first / "done"));
  const fs::path second = results.add_machine("PASS a/b\n");
  EXPECT_EQ(first.parent_path(), top_) << "and nothing above them is any machine's";
  EXPECT_EQ(second.parent_path(), top_);
  EXPECT_NE(first, second);
  EXPECT_EQ(base::read_file(second / "done"), "PASS a/b\n");
}

TEST_F(SuiteResultsTest, DoNotFollowWhatWasPlantedInADirectorysPlace) {
  fs::create_directory(top_);
  fs::create_symlink(secret_, top_ / "machine-1");
  fs::create_symlink(directory_.path() / "new", top_ / "machine-2");
  SuiteResults results = SuiteResults::in(top_);
  const fs::path machine = results.add_machine("PASS a/b\n");
  EXPECT_EQ(machine, top_ / "machine-3");
  EXPECT_FALSE(fs::exists(directory_.path() / "new"));
  EXPECT_FALSE(fs::exists(secret_ / "done"));
  EXPECT_EQ(results.printed(), "");
}

TEST_F(SuiteResultsTest, OfTheSameTimeDoNotMeet) {
  const fs::path root = directory_.path() / "zfs";
  base::make_directories(root / ".quiz");
  const Checkout checkout{root, {}};
  EXPECT_EQ(SuiteResults::in_checkout(checkout, "now").path(), root / ".quiz/results/now");
  EXPECT_EQ(SuiteResults::in_checkout(checkout, "now").path(), root / ".quiz/results/now-2");
}

TEST_F(SuiteResultsTest, AreNotKeptInAQuizDirectoryOfAnotherPlace) {
  const fs::path root = directory_.path() / "zfs";
  base::make_directories(root);
  fs::create_symlink(secret_, root / ".quiz");
  EXPECT_THROW(SuiteResults::in_checkout({root, {}}, "now"), base::Error);
  EXPECT_FALSE(fs::exists(secret_ / "results"));
  fs::remove(root / ".quiz");
  base::make_directories(root / ".quiz");
  fs::create_symlink(secret_, root / ".quiz" / "results");
  EXPECT_THROW(SuiteResults::in_checkout({root, {}}, "now"), base::Error);
  EXPECT_FALSE(fs::exists(secret_ / "now"));
}

TEST_F(SuiteResultsTest, AreReadWhereTheSuitePutsThem) {
  SuiteResults results = SuiteResults::in(top_);
  const fs::path machine = results.add_machine("");
  base::make_directories(machine / "test_results" / "20260101");
  base::write_file_atomically(machine / "printed", "printed");
  base::write_file_atomically(machine / "running", "running");
  base::write_file_atomically(machine / "test_results" / "20260101" / "log", "log");
  EXPECT_EQ(results.printed(), "printed");
  EXPECT_EQ(results.running(), "running");
  EXPECT_EQ(results.log(), "log");
  EXPECT_TRUE(results.take_warnings().empty());
}

TEST_F(SuiteResultsTest, AreNotReadThroughLinks) {
  SuiteResults results = SuiteResults::in(top_);
  const fs::path machine = results.add_machine("");
  fs::create_symlink(secret_ / "printed", machine / "printed");
  base::make_directories(machine / "test_results");
  fs::create_symlink(secret_, machine / "test_results" / "20260101");
  EXPECT_EQ(results.printed(), "");
  EXPECT_EQ(results.log(), "");
  fs::remove_all(machine / "test_results");
  fs::create_symlink(directory_.path(), machine / "test_results");
  EXPECT_EQ(results.log(), "");
}

TEST_F(SuiteResultsTest, AreReadFromTheDirectoryThatTheMachineHadWhateverIsInItsPlace) {
  SuiteResults results = SuiteResults::in(top_);
  const fs::path machine = results.add_machine("");
  base::write_file_atomically(machine / "printed", "printed");
  fs::rename(machine, top_ / "elsewhere");
  fs::create_symlink(secret_, machine);
  EXPECT_EQ(results.printed(), "printed");
}

TEST_F(SuiteResultsTest, DoNotWaitForAFifoNorReadADirectory) {
  SuiteResults results = SuiteResults::in(top_);
  const fs::path machine = results.add_machine("");
  ASSERT_EQ(::mkfifo((machine / "printed").c_str(), 0600), 0);
  fs::create_directory(machine / "running");
  EXPECT_EQ(results.printed(), "");
  EXPECT_EQ(results.running(), "");
}

TEST_F(SuiteResultsTest, OfAnEndlessFileTheFirstPartIsRead) {
  SuiteResults results = SuiteResults::in(top_);
  const fs::path machine = results.add_machine("");
  base::write_file_atomically(machine / "printed", "text");
  ASSERT_EQ(::truncate((machine / "printed").c_str(), off_t{1} << 40), 0);
  EXPECT_EQ(results.printed().size(), SuiteResults::kMostRead);
  const auto warnings = results.take_warnings();
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings[0].find("64 MiB"), std::string::npos) << warnings[0];
}

TEST_F(SuiteResultsTest, AreWrittenOverLinksNotThroughThem) {
  SuiteResults results = SuiteResults::in(top_);
  results.add_machine("");
  fs::create_symlink(secret_ / "printed", top_ / "results");
  results.write_results("PASS a/b\n");
  results.write_crash("panic\n");
  EXPECT_EQ(base::read_file(secret_ / "printed"), "secret");
  EXPECT_EQ(base::read_file(top_ / "results"), "PASS a/b\n");
  EXPECT_EQ(base::read_file(top_ / "crash-1.log"), "panic\n");
}

}  // namespace
}  // namespace quiz::openzfs
