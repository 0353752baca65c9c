#include "base/background.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>

#include "base/pipe.h"

namespace quiz::base {
namespace {

TEST(Background, GoesOnInASessionOfItsOwnWithoutOurStreams) {
  Pipe end = make_pipe();
  const auto result = run_in_background([&](const auto& ready) {
    const bool attached = ::getpgrp() == ::getpgid(::getppid());
    ready(std::string(attached ? "attached" : "alone"));
    const bool alone = ::getsid(0) == ::getpid() && ::isatty(STDERR_FILENO) == 0;
    (void)!::write(end.write_end.get(), alone ? "y" : "n", 1);
    return 0;
  });
  ASSERT_TRUE(std::holds_alternative<std::string>(result));
  EXPECT_EQ(std::get<std::string>(result), "attached") << "until then it is in our group";
  char answer = 0;
  ASSERT_EQ(::read(end.read_end.get(), &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
}

// A lock or a pipe of its caller's would be held as long as it lasts.
TEST(Background, HoldsNothingThatItsCallerLeftOpen) {
  Pipe end = make_pipe();
  Pipe inherited = make_pipe();
  ASSERT_EQ(::fcntl(inherited.write_end.get(), F_SETFD, 0), 0);
  const auto result = run_in_background([&](const auto& ready) {
    ready(std::string("up"));
    char byte = 0;
    (void)!::read(end.read_end.get(), &byte, 1);
    return 0;
  });
  ASSERT_EQ(std::get<std::string>(result), "up");
  inherited.write_end.reset();
  char byte = 0;
  EXPECT_EQ(::read(inherited.read_end.get(), &byte, 1), 0) << "nobody else has it open";
  EXPECT_EQ(::write(end.write_end.get(), "x", 1), 1);
}

TEST(Background, HasAStatusWhereItWasNeverReady) {
  const auto result = run_in_background([](const auto&) { return 7; });
  ASSERT_TRUE(std::holds_alternative<int>(result));
  EXPECT_EQ(std::get<int>(result), 7);
  const auto killed = run_in_background([](const auto&) { return ::raise(SIGKILL); });
  EXPECT_EQ(std::get<int>(killed), 128 + SIGKILL);
}

TEST(Background, LeavesTheSignalsOfKeysAsTheyWere) {
  std::signal(SIGINT, SIG_DFL);
  run_in_background([](const auto&) { return 0; });
  EXPECT_EQ(std::signal(SIGINT, SIG_DFL), SIG_DFL);
}

}  // namespace
}  // namespace quiz::base
