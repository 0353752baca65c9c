#include "base/umask.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace quiz::base {
namespace {

/// What `question` answers in a process that has just been started with that mask.
bool with_umask(mode_t mask, const std::function<bool()>& question) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::umask(mask);
    ::_exit(question() ? 0 : 1);
  }
  int status = -1;
  ::waitpid(pid, &status, 0);
  return status == 0;
}

TEST(CallerUmask, IsTheOneAtTheStart) {
  EXPECT_TRUE(with_umask(0137, [] { return caller_umask() == 0137 && caller_umask() == 0137; }));
}

TEST(CallerUmask, LeavesTheOwnersRightsAlone) {
  EXPECT_TRUE(with_umask(0777, [] { return caller_umask() == 0777 && ::umask(0) == 0077; }));
  EXPECT_TRUE(with_umask(0022, [] { return caller_umask() == 0022 && ::umask(0) == 0022; }));
}

}  // namespace
}  // namespace quiz::base
