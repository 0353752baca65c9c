#include "build/logged_command.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "build/build_progress.h"

namespace quiz::build {
namespace {

class RunLogged : public testing::Test {
 protected:
  LoggedCommand shell(const std::string& script) {
    LoggedCommand command;
    command.options.arguments = {"sh", "-c", script};
    command.log = log_;
    return command;
  }
  base::TempDir directory_{std::filesystem::temp_directory_path()};
  std::filesystem::path log_ = directory_.path() / "log";
};

TEST_F(RunLogged, ShowsLinesAndKeepsEverything) {
  std::vector<std::string> lines;
  LoggedCommand command = shell("echo one; echo two >&2; printf three; exit 3");
  command.on_line = [&](const std::string& line) { lines.push_back(line); };
  const LoggedResult result = run_logged(command);
  EXPECT_EQ(result.status.value, 3);
  EXPECT_EQ(result.output, "one\ntwo\nthree");
  EXPECT_EQ(lines, (std::vector<std::string>{"one", "two", "three"}));
  const std::string log = base::read_file(log_);
  EXPECT_TRUE(log.starts_with("+ sh -c ")) << log;
  EXPECT_TRUE(log.ends_with("one\ntwo\nthree")) << log;
}

TEST_F(RunLogged, AppendsToItsLog) {
  run_logged(shell("echo one"));
  run_logged(shell("echo two"));
  const std::string log = base::read_file(log_);
  EXPECT_LT(log.find("\none\n"), log.find("\ntwo\n"));
}

TEST_F(RunLogged, AProgramThatIsNotThereIsAnError) {
  LoggedCommand command = shell("");
  command.options.arguments = {"quiz-there-is-no-such-program"};
  EXPECT_THROW(run_logged(command), base::SystemError);
}

TEST(BuildProgress, CountsSteps) {
  base::SilentReporter reporter;
  BuildProgress progress(10, reporter);
  for (const char* line : {"  CC       a.lo", "  CCLD     zpool", "make: done"}) {
    progress.add_line(line);
  }
  EXPECT_EQ(progress.steps(), 2U);
}

}  // namespace
}  // namespace quiz::build
