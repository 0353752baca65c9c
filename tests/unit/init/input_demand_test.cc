#include "input_demand.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <thread>

#include "base/pipe.h"

namespace quiz::init {
namespace {

/// A process that does something with a pipe, whose read end it alone has.
class InputDemand : public testing::Test {
 protected:
  ~InputDemand() override {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  void start(const std::function<void(int fd)>& body) {
    struct stat status = {};
    ::fstat(pipe_.write_end.get(), &status);
    inode_ = status.st_ino;
    child_ = ::fork();
    ASSERT_GE(child_, 0);
    if (child_ == 0) {
      pipe_.write_end.reset();
      body(pipe_.read_end.get());
      for (;;) ::pause();
    }
    pipe_.read_end.reset();
  }
  /// Whether it is seen to wait within ten seconds.
  bool comes_to_wait() const {
    for (int i = 0; i < 1000; ++i) {
      if (is_awaited(inode_)) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }
  /// Whether it is seen to wait after it has certainly come to rest.
  bool waits_at_rest() const {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    return is_awaited(inode_);
  }
  /// Rests in a system call that is about another pipe.
  void start_beside(const std::function<void(int other)>& body) {
    start([&](int) {
      base::Pipe other = base::make_pipe();
      body(other.read_end.get());
    });
  }

  base::Pipe pipe_ = base::make_pipe();
  ino_t inode_ = 0;
  pid_t child_ = -1;
};

void read_one(int fd) {
  char byte = 0;
  (void)!::read(fd, &byte, 1);
}
void poll_one(int fd) {
  pollfd polled[] = {{-1, POLLIN, 0}, {fd, POLLIN, 0}};
  ::poll(polled, 2, -1);
}
void select_one(int fd) {
  fd_set set;
  FD_ZERO(&set);
  FD_SET(fd, &set);
  ::select(fd + 1, &set, nullptr, nullptr, nullptr);
}
void epoll_one(int fd) {
  const int epoll = ::epoll_create1(0);
  epoll_event event = {};
  event.events = EPOLLIN;
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  ::epoll_wait(epoll, &event, 1, -1);
}

TEST_F(InputDemand, OfARead) {
  start(read_one);
  EXPECT_TRUE(comes_to_wait());
}

TEST_F(InputDemand, OfAReadByAnotherNumber) {
  start([](int fd) { read_one(::dup(fd)); });
  EXPECT_TRUE(comes_to_wait());
}

TEST_F(InputDemand, OfAPoll) {
  start(poll_one);
  EXPECT_TRUE(comes_to_wait());
}

TEST_F(InputDemand, OfASelect) {
  start(select_one);
  EXPECT_TRUE(comes_to_wait());
}

TEST_F(InputDemand, OfAnEpoll) {
  start(epoll_one);
  EXPECT_TRUE(comes_to_wait());
}

TEST_F(InputDemand, OfAThreadAndOfAGrandchild) {
  start([](int fd) {
    if (::fork() == 0) {
      std::thread([fd] { read_one(fd); }).join();
      ::_exit(0);  // the test has closed its end
    }
    ::pause();
  });
  EXPECT_TRUE(comes_to_wait());
}

TEST_F(InputDemand, ThereIsNoneWhileItWaitsForSomethingElse) {
  start([](int) { ::pause(); });
  EXPECT_FALSE(waits_at_rest());
}

TEST_F(InputDemand, ThereIsNoneWhileItReadsAnotherPipe) {
  start_beside(read_one);
  EXPECT_FALSE(waits_at_rest());
}

TEST_F(InputDemand, ThereIsNoneWhileItPollsAnotherPipe) {
  start_beside(poll_one);
  EXPECT_FALSE(waits_at_rest());
}

TEST_F(InputDemand, ThereIsNoneWhileItSelectsAnotherPipe) {
  start_beside(select_one);
  EXPECT_FALSE(waits_at_rest());
}

TEST_F(InputDemand, ThereIsNoneWhileItsEpollWatchesAnotherPipe) {
  start_beside(epoll_one);
  EXPECT_FALSE(waits_at_rest());
}

}  // namespace
}  // namespace quiz::init
