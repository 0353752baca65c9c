#include "confinement/limits.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "base/child.h"
#include "base/fd.h"

namespace quiz::confinement {
namespace {

TEST(Limits, PrivilegesAreDroppedWhileQuizBeginsAThread) {
  if (::geteuid() != 0) GTEST_SKIP() << "an ordinary user has none to drop";
  std::atomic<bool> done = false;
  std::thread beginner([&] {
    while (!done) std::thread([] {}).join();
  });
  int hung = 0;
  for (int i = 0; i < 400 && hung == 0; ++i) {
    const pid_t pid = base::clone_process(0);  // as the guard's children are made
    ASSERT_GE(pid, 0);
    if (pid == 0) ::_exit(drop_privileges({0, 0, false}) == nullptr ? 0 : 1);
    const base::Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    pollfd ended = {process.get(), POLLIN, 0};
    constexpr int kHangMs = 20'000;
    if (::poll(&ended, 1, kHangMs) == 0) {
      ++hung;
      ::kill(pid, SIGKILL);
    }
    int status = -1;
    ::waitpid(pid, &status, 0);
    EXPECT_EQ(status, 0) << "in child " << i;
  }
  done = true;
  beginner.join();
  EXPECT_EQ(hung, 0);
}

}  // namespace
}  // namespace quiz::confinement
