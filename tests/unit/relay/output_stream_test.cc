#include "relay/output_stream.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>
#include <csignal>

#include "base/files.h"
#include "base/pipe.h"
#include "base/terminal.h"

namespace quiz::relay {
namespace {

constexpr std::size_t kMore = 300'000;  // than a pipe or a socket takes at once

/// Counted bytes, so that order and loss show.
std::string numbered(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>((i * 131) >> 7);
  return bytes;
}

/// Reads what is there, at most `limit`.
std::string take(int fd, std::size_t limit = 1 << 20) {
  std::string bytes(limit, '\0');
  base::set_nonblocking(fd, true);
  const ssize_t count = ::read(fd, bytes.data(), limit);
  bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return bytes;
}

class OutputStreamTest : public testing::Test {
 protected:
  OutputStreamTest() { std::signal(SIGPIPE, SIG_IGN); }  // as main does

  /// The reader takes all, in turns with the stream.
  static std::string read_all(OutputStream& stream, int reader) {
    std::string all;
    for (;;) {
      const std::string taken = take(reader, 50'000);
      all += taken;
      if (taken.empty() && stream.empty()) return all;
      stream.flush();
    }
  }

  base::Pipe pipe_ = base::make_pipe();
};

TEST_F(OutputStreamTest, KeepsWhatTheReaderHasNotTakenWithoutBlocking) {
  OutputStream stream(pipe_.write_end.get());
  const std::string bytes = numbered(kMore);
  stream.add(bytes);  // more than the pipe holds: a blocking write would end this test here
  EXPECT_FALSE(stream.empty());
  EXPECT_GE(stream.wants_write(), 0);
  const std::uint32_t taken = stream.take_progress();
  EXPECT_GT(taken, 0U);
  EXPECT_LT(taken, kMore);
  EXPECT_EQ(stream.take_progress(), 0U);
  EXPECT_TRUE(read_all(stream, pipe_.read_end.get()) == bytes);
  EXPECT_EQ(stream.wants_write(), -1);
  EXPECT_EQ(stream.take_progress(), kMore - taken);
}

TEST_F(OutputStreamTest, LeavesTheModeOfAPipeThatOthersShareAlone) {
  OutputStream stream(pipe_.write_end.get());
  stream.add(numbered(kMore));
  EXPECT_EQ(::fcntl(pipe_.write_end.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(OutputStreamTest, DoesNotBlockOnASocketWhichCannotBeReopened) {
  const base::SocketPair sockets = base::make_socket_pair();
  OutputStream stream(sockets.first.get());
  const std::string bytes = numbered(2'000'000);
  stream.add(bytes);
  EXPECT_FALSE(stream.empty());
  EXPECT_TRUE(read_all(stream, sockets.second.get()) == bytes);
}

TEST_F(OutputStreamTest, BreaksWhenTheReaderHasGoneAndDropsWhatComesThen) {
  OutputStream stream(pipe_.write_end.get());
  stream.add(numbered(kMore));
  const std::uint32_t before = stream.take_progress();
  pipe_.read_end.reset();
  stream.flush();
  EXPECT_TRUE(stream.broken());
  EXPECT_EQ(stream.error_number(), EPIPE);
  EXPECT_TRUE(stream.empty());
  EXPECT_EQ(stream.wants_write(), -1);
  EXPECT_EQ(before + stream.take_progress(), kMore) << "what was dropped counts as taken";
  stream.add("more");
  EXPECT_TRUE(stream.empty());
  EXPECT_EQ(stream.take_progress(), 4U);
}

TEST_F(OutputStreamTest, TellsAFullDisk) {
  const base::Fd full = base::open_file("/dev/full", O_WRONLY);
  OutputStream stream(full.get());
  stream.add("x");
  EXPECT_TRUE(stream.broken());
  EXPECT_EQ(stream.error_number(), ENOSPC);
}

TEST_F(OutputStreamTest, WritesAFileBehindWhatItsOtherOwnersWrote) {
  const base::TempDir directory(base::fs::temp_directory_path(), "quiz-unit-");
  const base::Fd file = base::open_file(directory.path() / "file", O_RDWR | O_CREAT);
  ASSERT_EQ(::write(file.get(), "before ", 7), 7);
  OutputStream stream(file.get());
  const std::string bytes = numbered(5'000'000);
  stream.add(bytes);
  EXPECT_TRUE(stream.empty());
  ASSERT_EQ(::write(file.get(), " after", 6), 6);
  EXPECT_TRUE(base::read_file(directory.path() / "file") == "before " + bytes + " after");
}

TEST_F(OutputStreamTest, NeverHoldsMuchMoreThanAReaderThatLagsBehindHasLeftOver) {
  // Credit keeps 256 KiB on their way; a reader that is always a little behind must not make that
  // grow.
  OutputStream stream(pipe_.write_end.get());
  const std::string piece = numbered(64 * 1024);
  std::string scratch(piece.size(), '\0');
  base::set_nonblocking(pipe_.read_end.get(), true);
  rusage before = {};
  ::getrusage(RUSAGE_SELF, &before);
  stream.add(piece);
  stream.add(piece);
  for (int i = 0; i < 4000; ++i) {
    stream.add(piece);
    std::size_t left = piece.size();
    while (left > 0) {
      const ssize_t taken = ::read(pipe_.read_end.get(), scratch.data(), left);
      if (taken > 0) left -= static_cast<std::size_t>(taken);
      if (taken <= 0) stream.flush();
    }
  }
  rusage after = {};
  ::getrusage(RUSAGE_SELF, &after);
  EXPECT_FALSE(stream.empty());
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 64 * 1024) << "KiB, after 250 MiB of output";
}

}  // namespace
}  // namespace quiz::relay
