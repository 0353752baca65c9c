#include "base/front_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <functional>
#include <string>

#include "base/pipe.h"
#include "base/signals.h"

namespace quiz::base {
namespace {

/// A command as a shell has it, which tells by single bytes what its work sees.
class FrontProcessTest : public testing::Test {
 protected:
  void start(const std::function<int(FrontProcess&)>& work) {
    front_ = ::fork();
    ASSERT_GE(front_, 0);
    if (front_ == 0) {
      ::setpgid(0, 0);  // a job of its own, as a shell makes it
      told_.read_end.reset();
      ::_exit(run_behind_front(work));
    }
    told_.write_end.reset();
  }
  /// Of the work.
  void tell(char byte) { (void)!::write(told_.write_end.get(), &byte, 1); }
  /// The next byte, or '.' where nobody is left to tell one.
  char heard() {
    char byte = '.';
    (void)!::read(told_.read_end.get(), &byte, 1);
    return byte;
  }
  /// As waitpid(2) has it.
  int state_of_front() {
    int raw = 0;
    EXPECT_EQ(::waitpid(front_, &raw, WUNTRACED | WCONTINUED), front_);
    return raw;
  }

  Pipe told_ = make_pipe();
  pid_t front_ = -1;
};

TEST_F(FrontProcessTest, EndsAsTheWorkDoes) {
  start([](FrontProcess&) { return 7; });
  const int exited = state_of_front();
  EXPECT_TRUE(WIFEXITED(exited));
  EXPECT_EQ(WEXITSTATUS(exited), 7);
  start([](FrontProcess&) { return ::raise(SIGTERM); });
  const int killed = state_of_front();
  EXPECT_TRUE(WIFSIGNALED(killed));
  EXPECT_EQ(WTERMSIG(killed), SIGTERM);
}

TEST_F(FrontProcessTest, PassesASignalOnOnceAlsoWhereTheWholeGroupGetsIt) {
  start([this](FrontProcess&) {
    SignalSource signals({SIGINT, SIGUSR1});
    tell('r');
    for (;;) {
      ::usleep(1000);
      while (const auto number = signals.next()) {
        if (*number == SIGUSR1) return 3;
        tell('i');
      }
    }
  });
  ASSERT_EQ(heard(), 'r');
  ::kill(-front_, SIGINT);
  EXPECT_EQ(heard(), 'i');
  ::kill(front_, SIGUSR1);
  EXPECT_EQ(heard(), '.') << "told twice";
  EXPECT_EQ(WEXITSTATUS(state_of_front()), 3);
}

TEST_F(FrontProcessTest, DiesWithItsWorkLeftNowhere) {
  start([this](FrontProcess&) {
    tell('r');
    ::pause();
    return 0;
  });
  ASSERT_EQ(heard(), 'r');
  ::kill(front_, SIGKILL);
  EXPECT_EQ(heard(), '.') << "the work goes on";
  EXPECT_EQ(WTERMSIG(state_of_front()), SIGKILL);
}

TEST_F(FrontProcessTest, StopsWithItsWorkAndGoesOnWithIt) {
  start([this](FrontProcess&) {
    tell('r');
    ::raise(SIGTSTP);  // as Ctrl-Z before the work reads its signals
    tell('c');
    return 5;
  });
  ASSERT_EQ(heard(), 'r');
  EXPECT_TRUE(WIFSTOPPED(state_of_front()));
  ::kill(front_, SIGCONT);
  EXPECT_TRUE(WIFCONTINUED(state_of_front()));
  EXPECT_EQ(heard(), 'c');
  EXPECT_EQ(WEXITSTATUS(state_of_front()), 5);
}

TEST_F(FrontProcessTest, IsLeftByTheWorkWhichGoesOn) {
  Pipe end = make_pipe();
  start([&](FrontProcess& front) {
    end.write_end.reset();
    front.leave();
    char byte = 0;
    (void)!::read(end.read_end.get(), &byte, 1);
    tell(::getsid(0) == ::getpid() ? 'a' : 's');
    return 9;
  });
  const int left = state_of_front();
  EXPECT_TRUE(WIFEXITED(left));
  EXPECT_EQ(WEXITSTATUS(left), 0);
  end.write_end.reset();
  EXPECT_EQ(heard(), 'a') << "it has not gone on, or not alone";
}

/// What the work of a front with such a terminal is told.
enum class Terminal { none, own, of_another_job };
int told_of(Terminal kind) {
  const pid_t front = ::fork();
  if (front != 0) {
    int raw = 0;
    return ::waitpid(front, &raw, 0) == front ? WEXITSTATUS(raw) : -1;
  }
  ::setsid();
  std::signal(SIGTTOU, SIG_IGN);
  const Fd master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0) ::_exit(3);
  const Fd terminal(::open(::ptsname(master.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (kind != Terminal::none && ::ioctl(terminal.get(), TIOCSCTTY, 0) != 0) ::_exit(4);
  pid_t other = -1;
  if (kind == Terminal::of_another_job) {
    other = ::fork();
    if (other == 0) ::_exit(::pause());
    if (::setpgid(other, other) != 0 || ::tcsetpgrp(terminal.get(), other) != 0) ::_exit(5);
  }
  const int status =
      run_behind_front([](FrontProcess& process) { return process.in_foreground() ? 1 : 2; });
  if (other > 0) ::kill(other, SIGKILL);
  ::_exit(status);
}

TEST_F(FrontProcessTest, KnowsWhetherTheTerminalIsItsJobsOwn) {
  EXPECT_EQ(told_of(Terminal::own), 1);
  EXPECT_EQ(told_of(Terminal::of_another_job), 2);
  EXPECT_EQ(told_of(Terminal::none), 1) << "there is no job control";
}

}  // namespace
}  // namespace quiz::base
