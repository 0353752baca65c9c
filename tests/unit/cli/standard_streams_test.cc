#include "cli/standard_streams.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/error.h"

namespace quiz::cli {
namespace {

/// Runs `work` in a child process; returns its wait status.
template <typename Work>
int in_child(Work work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work());
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

TEST(StandardStreams, OpenOnesStayAsTheyAre) {
  const ClosedStreams closed = open_standard_streams();
  EXPECT_FALSE(closed.input || closed.output || closed.error);
}

TEST(StandardStreams, ClosedOnesAreRememberedAndBecomeDevNull) {
  const int status = in_child([] {
    ::close(0);
    ::close(2);
    const ClosedStreams closed = open_standard_streams();
    if (!closed.input || closed.output || !closed.error) return 1;
    char byte = 0;
    if (::read(0, &byte, 1) != 0) return 2;
    if (::write(2, "x", 1) != 1) return 3;
    return ::open("/dev/null", O_RDONLY) > 2 ? 0 : 4;
  });
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Print, EndsBySigpipeWhenTheReaderHasGone) {
  const int status = in_child([] {
    int ends[2];
    if (::pipe(ends) != 0) return 1;
    ::close(ends[0]);
    ::dup2(ends[1], 1);
    std::signal(SIGPIPE, SIG_IGN);  // as main does
    print("text");
    return 2;
  });
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGPIPE);
}

TEST(Print, AFullDiskIsAnError) {
  const int status = in_child([] {
    ::dup2(::open("/dev/full", O_WRONLY), 1);
    try {
      print("text");
    } catch (const base::SystemError& error) {
      return error.error_number() == ENOSPC ? 0 : 1;
    }
    return 2;
  });
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace quiz::cli
