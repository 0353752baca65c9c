#include "base/pipe.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <string_view>

#include "base/error.h"

namespace quiz::base {
namespace {

TEST(Pipe, CarriesBytesAndEndOfFile) {
  Pipe pipe = make_pipe();
  ASSERT_EQ(::write(pipe.write_end.get(), "abc", 3), 3);
  pipe.write_end.reset();
  std::array<char, 8> buffer{};
  EXPECT_EQ(::read(pipe.read_end.get(), buffer.data(), buffer.size()), 3);
  EXPECT_EQ(std::string_view(buffer.data(), 3), "abc");
  EXPECT_EQ(::read(pipe.read_end.get(), buffer.data(), buffer.size()), 0);
}

TEST(Pipe, IsCloseOnExec) {
  const Pipe pipe = make_pipe();
  EXPECT_NE(::fcntl(pipe.read_end.get(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_NE(::fcntl(pipe.write_end.get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(SocketPair, CarriesBytesBothWaysAndIsCloseOnExec) {
  const SocketPair pair = make_socket_pair();
  char byte = 0;
  ASSERT_EQ(::write(pair.first.get(), "x", 1), 1);
  EXPECT_EQ(::read(pair.second.get(), &byte, 1), 1);
  EXPECT_EQ(byte, 'x');
  ASSERT_EQ(::write(pair.second.get(), "y", 1), 1);
  EXPECT_EQ(::read(pair.first.get(), &byte, 1), 1);
  EXPECT_EQ(byte, 'y');
  EXPECT_NE(::fcntl(pair.first.get(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_NE(::fcntl(pair.second.get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(Pipe, ThrowsWhenThereAreNoMoreDescriptors) {
  rlimit before = {};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none = before;
  none.rlim_cur = 0;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  EXPECT_THROW(make_pipe(), SystemError);
  EXPECT_THROW(make_socket_pair(), SystemError);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace quiz::base
