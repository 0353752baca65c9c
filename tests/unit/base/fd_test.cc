#include "base/fd.h"

#include <gtest/gtest.h>

#include "base/pipe.h"

namespace quiz::base {
namespace {

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }
int open_null() { return ::open("/dev/null", O_RDWR | O_CLOEXEC); }

TEST(Fd, ClosesWhenItGoesOutOfScope) {
  const int number = open_null();
  {
    const Fd fd(number);
    EXPECT_TRUE(fd);
    EXPECT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
}

TEST(Fd, IsEmptyAfterItWasMovedFrom) {
  Fd from(open_null());
  const int number = from.get();
  const Fd to(std::move(from));
  EXPECT_FALSE(from);  // NOLINT(bugprone-use-after-move): that is the promise
  EXPECT_EQ(to.get(), number);
  EXPECT_TRUE(is_open(number));
}

TEST(Fd, ClosesWhatItHeldWhenAssigned) {
  Fd target(open_null());
  const int old = target.get();
  Fd source(open_null());
  const int fresh = source.get();
  target = std::move(source);
  EXPECT_FALSE(is_open(old));
  EXPECT_TRUE(is_open(fresh));
  EXPECT_EQ(target.get(), fresh);
}

TEST(Fd, SurvivesSelfMove) {
  Fd fd(open_null());
  const int number = fd.get();
  Fd& same = fd;
  fd = std::move(same);
  EXPECT_EQ(fd.get(), number);
  EXPECT_TRUE(is_open(number));
}

TEST(Fd, DoesNotCloseTwice) {
  Fd fd(open_null());
  const int number = fd.get();
  fd.reset();
  EXPECT_FALSE(is_open(number));
  const Fd other(open_null());
  ASSERT_EQ(other.get(), number) << "the kernel gives the lowest free number";
  fd.reset();  // a second close would hit `other`
  EXPECT_TRUE(is_open(other.get()));
}

TEST(Fd, LeavesAReleasedDescriptorOpen) {
  int number = -1;
  {
    Fd fd(open_null());
    number = fd.release();
    EXPECT_FALSE(fd);
  }
  EXPECT_TRUE(is_open(number));
  ::close(number);
}

TEST(Fd, SwitchesNonblockingOnAndOff) {
  const Pipe pipe = make_pipe();
  EXPECT_TRUE(set_nonblocking(pipe.read_end.get(), true));
  EXPECT_NE(::fcntl(pipe.read_end.get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_TRUE(set_nonblocking(pipe.read_end.get(), false));
  EXPECT_EQ(::fcntl(pipe.read_end.get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_FALSE(set_nonblocking(-1, true));
}

}  // namespace
}  // namespace quiz::base
