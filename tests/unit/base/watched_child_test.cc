#include "base/watched_child.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "base/error.h"

namespace quiz::base {
namespace {

class RunWatched : public testing::Test {
 protected:
  WatchedChild shell(const std::string& script) {
    WatchedChild watched;
    watched.options.arguments = {"sh", "-c", script};
    watched.streams = {{{1, 2}, [this](std::string_view data) { output_ += data; }}};
    return watched;
  }
  std::string output_;
};

TEST_F(RunWatched, TakesAllThatIsPrintedAndTheEnd) {
  const WatchedEnd end = run_watched(shell("echo one; echo two >&2; exit 3"));
  EXPECT_EQ(end.status.value, 3);
  EXPECT_FALSE(end.timed_out);
  EXPECT_EQ(output_, "one\ntwo\n");
}

TEST_F(RunWatched, KeepsStreamsApart) {
  std::string errors;
  WatchedChild watched = shell("echo one; echo two >&2; echo three >&5");
  std::string third;
  watched.streams[0].in_child = {1};
  watched.streams.push_back({{2}, [&](std::string_view data) { errors += data; }});
  watched.streams.push_back({{5}, [&](std::string_view data) { third += data; }});
  run_watched(watched);
  EXPECT_EQ(output_ + errors + third, "one\ntwo\nthree\n");
}

TEST_F(RunWatched, TakesMoreThanAPipeHolds) {
  run_watched(shell("head -c 1000000 /dev/zero"));
  EXPECT_EQ(output_.size(), 1'000'000U);
}

TEST_F(RunWatched, WaitsForWhoHasTheOutputOrOnlyForTheChild) {
  // What is left behind is killed when the child is reaped, as every child's group.
  WatchedChild watched = shell("sleep 1000 & echo begun");
  watched.until = WatchedChild::Until::child_ends;
  EXPECT_TRUE(run_watched(watched).status.success());
  EXPECT_EQ(output_, "begun\n");
}

TEST_F(RunWatched, TakesWhatIsLeftInThePipeAtTheEnd) {
  WatchedChild watched = shell("head -c 60000 /dev/zero");
  watched.until = WatchedChild::Until::child_ends;
  run_watched(watched);
  EXPECT_EQ(output_.size(), 60'000U);
}

TEST_F(RunWatched, EndsAtItsTimeLimit) {
  WatchedChild watched = shell("echo begun; sleep 1000");
  watched.time_limit = std::chrono::milliseconds(200);
  const WatchedEnd end = run_watched(watched);
  EXPECT_TRUE(end.timed_out);
  EXPECT_TRUE(end.status.signalled);
}

TEST_F(RunWatched, TellsHowTimePasses) {
  WatchedChild watched = shell("read word");
  Fd never[2];
  int fds[2];
  ASSERT_EQ(::pipe2(fds, O_CLOEXEC), 0);
  never[0].reset(fds[0]);
  never[1].reset(fds[1]);
  watched.options.descriptors = {{0, never[0].get()}};
  watched.interval = std::chrono::milliseconds(5);
  int ticks = 0;
  watched.on_interval = [&] {
    if (++ticks == 3) never[1].reset();
  };
  run_watched(watched);
  EXPECT_GE(ticks, 3);
}

TEST_F(RunWatched, ASignalMayEndItGently) {
  SignalSource signals({SIGUSR1});
  WatchedChild watched =
      shell("trap 'echo asked; exit 0' TERM; echo ready; while :; do sleep 0.01; done");
  watched.streams[0].on_data = [&](std::string_view data) {
    if (output_.empty()) ::kill(::getpid(), SIGUSR1);
    output_ += data;
  };
  watched.signals = &signals;
  watched.on_signal = [](Child& child, int signal) {
    EXPECT_EQ(signal, SIGUSR1);
    child.kill(SIGTERM);
  };
  run_watched(watched);
  EXPECT_NE(output_.find("asked"), std::string::npos);
}

TEST_F(RunWatched, WhatIsThrownKillsTheChild) {
  SignalSource signals({SIGUSR1});
  WatchedChild watched = shell("echo $$; sleep 1000");
  watched.streams[0].on_data = [&](std::string_view data) {
    output_ += data;
    ::kill(::getpid(), SIGUSR1);
  };
  watched.signals = &signals;
  watched.on_signal = [](Child&, int) { throw Error("interrupted"); };
  EXPECT_THROW(run_watched(watched), Error);
  EXPECT_EQ(::kill(std::stoi(output_), 0), -1);
}

TEST_F(RunWatched, AProgramThatIsNotThereIsAnError) {
  WatchedChild watched = shell("");
  watched.options.arguments = {"quiz-there-is-no-such-program"};
  EXPECT_THROW(run_watched(watched), SystemError);
}

}  // namespace
}  // namespace quiz::base
