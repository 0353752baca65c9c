#include "cli/terminal_reporter.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/pipe.h"

namespace quiz::cli {
namespace {

using std::chrono::duration;
using std::chrono::milliseconds;

class TerminalReporterTest : public testing::Test {
 protected:
  TerminalReporter::Options options(bool terminal) {
    TerminalReporter::Options result;
    result.fd = pipe_.write_end.get();
    result.terminal = terminal;
    result.delay = milliseconds(0);
    return result;
  }
  /// Everything written, once the reporter is gone.
  std::string written() {
    pipe_.write_end.reset();
    std::string text;
    char buffer[4096];
    for (ssize_t n; (n = ::read(pipe_.read_end.get(), buffer, sizeof buffer)) > 0;) {
      text.append(buffer, static_cast<std::size_t>(n));
    }
    return text;
  }
  base::Pipe pipe_ = base::make_pipe();
};

TEST_F(TerminalReporterTest, ElsewhereThanOnATerminalAStepIsOnePlainLine) {
  {
    TerminalReporter reporter(options(false));
    reporter.step("fetching");
    reporter.progress(0.5, "1 of 2 MB");
    reporter.step("unpacking");
    reporter.step("");
  }
  EXPECT_EQ(written(), "quiz: fetching\nquiz: unpacking\n");
}

TEST_F(TerminalReporterTest, OnATerminalTheLineIsRewrittenAndGoneAfterwards) {
  {
    TerminalReporter reporter(options(true));
    reporter.step("fetching");
    reporter.warning("slow");
    reporter.step("");
  }
  EXPECT_EQ(written(),
            "\r\x1b[Kquiz: fetching\r\x1b[Kquiz: warning: slow\n\r\x1b[Kquiz: fetching\r\x1b[K");
}

TEST_F(TerminalReporterTest, TheDestructorLeavesACleanLine) {
  {
    TerminalReporter(options(true)).step("fetching");
  }
  EXPECT_EQ(written(), "\r\x1b[Kquiz: fetching\r\x1b[K");
}

TEST_F(TerminalReporterTest, AStepThatIsOverAtOnceIsNotShown) {
  {
    TerminalReporter::Options slow = options(true);
    slow.delay = std::chrono::hours(1);
    TerminalReporter reporter(slow);
    reporter.step("quick");
    reporter.progress(0.5, "");
    reporter.step("");
  }
  EXPECT_EQ(written(), "");
}

TEST_F(TerminalReporterTest, AStepThatTakesLongerAppearsWhileItRuns) {
  TerminalReporter::Options soon = options(false);
  soon.delay = milliseconds(1);
  TerminalReporter reporter(soon);
  reporter.step("slow");
  char byte = 0;  // read waits for it; ctest's time-out is the limit
  ASSERT_EQ(::read(pipe_.read_end.get(), &byte, 1), 1);
  EXPECT_EQ(byte, 'q');
}

TEST_F(TerminalReporterTest, VerboseShowsEveryStepAndDetailAtOnce) {
  {
    TerminalReporter::Options verbose = options(false);
    verbose.verbose = true;
    verbose.delay = std::chrono::hours(1);
    TerminalReporter reporter(verbose);
    reporter.step("one");
    reporter.detail("with this");
    reporter.step("two");
  }
  EXPECT_EQ(written(), "quiz: one\nquiz: with this\nquiz: two\n");
}

TEST_F(TerminalReporterTest, DetailsAreForVerboseOnly) {
  {
    TerminalReporter(options(false)).detail("with this");
  }
  EXPECT_EQ(written(), "");
}

TEST_F(TerminalReporterTest, QuietSaysNothing) {
  {
    TerminalReporter::Options quiet = options(true);
    quiet.quiet = true;
    TerminalReporter reporter(quiet);
    reporter.step("one");
    reporter.progress(0.1, "x");
    reporter.warning("two");
    reporter.detail("three");
  }
  EXPECT_EQ(written(), "");
}

TEST_F(TerminalReporterTest, WhatCannotBeWrittenDoesNotEndTheWork) {
  TerminalReporter::Options closed = options(true);
  closed.fd = -1;
  TerminalReporter reporter(closed);
  EXPECT_NO_THROW(reporter.warning("lost"));
}

TEST(ProgressLine, HasAPercentageAndLaterAnEstimate) {
  EXPECT_EQ(progress_line("fetching", 0.456, "31 of 70 MB", duration<double>(1), 80),
            "quiz: fetching: 45 %, 31 of 70 MB");
  EXPECT_EQ(progress_line("fetching", 0.25, "", duration<double>(4), 80),
            "quiz: fetching: 25 %, 12 s left");
  EXPECT_EQ(progress_line("building", 0.1, "", duration<double>(60), 80),
            "quiz: building: 10 %, 9 min left");
  EXPECT_EQ(progress_line("building", 0, "", duration<double>(60), 80), "quiz: building: 0 %");
  EXPECT_EQ(progress_line("building", 7, "", duration<double>(1), 80), "quiz: building: 100 %");
}

TEST(ProgressLine, WithoutAFractionThereIsNone) {
  EXPECT_EQ(progress_line("waiting", -1, "", duration<double>(9), 80), "quiz: waiting");
  EXPECT_EQ(progress_line("waiting", -1, "for apt", duration<double>(9), 80),
            "quiz: waiting: for apt");
}

TEST(ProgressLine, IsCutBetweenCharacters) {
  EXPECT_EQ(progress_line("äöü", -1, "", duration<double>(0), 8), "quiz: äö");
}

}  // namespace
}  // namespace quiz::cli
