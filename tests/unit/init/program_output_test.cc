// An output of a program, which the test writes, and the host at the other end of the wire, which
// the test plays. That somebody still has the output open is how it looks when a background process
// outlives the program.
#include "program_output.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <string>

#include "base/pipe.h"
#include "wire/codec.h"

namespace quiz::init {
namespace {

using wire::Stream;

class ProgramOutputTest : public testing::Test {
 protected:
  ProgramOutputTest() {
    for (const int fd : {ends_.first.get(), ends_.second.get(), pipe_.read_end.get()}) {
      base::set_nonblocking(fd, true);
    }
  }

  static void write(const base::Fd& fd, const std::string& text) {
    ASSERT_EQ(::write(fd.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  /// As the session does when the program has ended: everything that is to be sent.
  void send_all(ProgramOutput& output) {
    for (int i = 0; i < 1000 && output.wants_read() >= 0; ++i) {
      output.send(port_, Stream::out, 1);
      read_wire();
    }
    EXPECT_LT(output.wants_read(), 0) << "it never ends";
  }
  void read_wire() {
    for (;;) {
      while (const auto frame = reader_.next()) {
        if (static_cast<wire::Type>(frame->type) == wire::Type::stdout_data)
          sent_ += frame->payload;
        if (static_cast<wire::Type>(frame->type) == wire::Type::eof) ++ends_sent_;
      }
      const auto space = reader_.space();
      port_.flush();
      const ssize_t count = ::read(ends_.second.get(), space.data, space.size);
      if (count <= 0) return;
      reader_.commit(static_cast<std::size_t>(count));
    }
  }

  base::SocketPair ends_ = base::make_socket_pair();
  base::Pipe pipe_ = base::make_pipe();
  WirePort port_{base::Fd(::fcntl(ends_.first.get(), F_DUPFD_CLOEXEC, 3))};
  wire::FrameReader reader_;
  std::string sent_;
  int ends_sent_ = 0;
};

TEST_F(ProgramOutputTest, IsDrainedByWhatWasThereAtTheEndWhoeverGoesOnWriting) {
  ProgramOutput output(std::move(pipe_.read_end), ProgramOutput::Kind::pipe);
  const std::string last(5'000, 'p');
  write(pipe_.write_end, last);
  output.program_ended();
  EXPECT_FALSE(output.drained());
  // A background process fills the pipe whenever it has room: there is always something to read.
  for (int i = 0; i < 1000 && output.wants_read() >= 0; ++i) {
    write(pipe_.write_end, "background");
    output.send(port_, Stream::out, 1);
    read_wire();
  }
  EXPECT_TRUE(output.drained());
  EXPECT_EQ(sent_, last);
}

TEST_F(ProgramOutputTest, IsDrainedAtOnceWhenNothingWasLeft) {
  ProgramOutput output(std::move(pipe_.read_end), ProgramOutput::Kind::pipe);
  output.program_ended();
  EXPECT_TRUE(output.drained());
  EXPECT_LT(output.wants_read(), 0);
}

TEST_F(ProgramOutputTest, WaitsForTheHostsCreditBeforeItIsDrained) {
  ASSERT_GE(::fcntl(pipe_.write_end.get(), F_SETPIPE_SZ, 512 * 1024), 0);
  base::set_nonblocking(pipe_.write_end.get(), true);
  const std::string text(wire::kInitialCredit + 1'000, 'x');
  ProgramOutput output(std::move(pipe_.read_end), ProgramOutput::Kind::pipe);
  write(pipe_.write_end, text);
  output.program_ended();
  send_all(output);
  EXPECT_FALSE(output.drained()) << "the host has not taken all of it";
  EXPECT_EQ(sent_.size(), wire::kInitialCredit);
  output.grant(5'000);
  send_all(output);
  EXPECT_TRUE(output.drained());
  EXPECT_TRUE(sent_ == text);
}

TEST_F(ProgramOutputTest, TellsTheHostOfItsEnd) {
  ProgramOutput output(std::move(pipe_.read_end), ProgramOutput::Kind::pipe);
  write(pipe_.write_end, "all");
  pipe_.write_end.reset();
  send_all(output);
  EXPECT_EQ(sent_, "all");
  EXPECT_EQ(ends_sent_, 1);
  EXPECT_TRUE(output.drained());
}

TEST_F(ProgramOutputTest, IsNothingWhereTheProgramHasNone) {
  ProgramOutput output;
  output.program_ended();
  EXPECT_LT(output.wants_read(), 0);
  EXPECT_TRUE(output.drained());
}

class TerminalOutputTest : public ProgramOutputTest {
 protected:
  TerminalOutputTest() {
    base::Fd master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
    ::grantpt(master.get());
    ::unlockpt(master.get());
    char name[64] = {};
    EXPECT_EQ(::ptsname_r(master.get(), name, sizeof name), 0);
    name_ = name;
    slave_ = open_slave();
    output_ = ProgramOutput(std::move(master), ProgramOutput::Kind::terminal);
  }
  base::Fd open_slave() const {
    return base::Fd(::open(name_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  }
  /// Until the terminal has `text`, which reaches the other side in its own time.
  void wait_for(const std::string& text) {
    for (int i = 0; i < 3000 && sent_.size() < text.size(); ++i) {
      pollfd polled = {output_.wants_read(), POLLIN, 0};
      ::poll(&polled, 1, 10);
      if (polled.fd >= 0 && polled.revents != 0) output_.send(port_, Stream::out, 1);
      read_wire();
    }
    EXPECT_EQ(sent_, text);
  }

  /// After a look in vain it waits a moment; on a busy machine that moment may be over at once.
  bool rests() {
    for (int i = 0; i < 100; ++i) {
      output_.send(port_, Stream::out, 1);
      if (output_.wants_read() < 0) return true;
    }
    return false;
  }

  std::string name_;
  base::Fd slave_;
  ProgramOutput output_;
};

TEST_F(TerminalOutputTest, RestsWhileNobodyHasItOpenAndGoesOnAfterwards) {
  write(slave_, "one");
  wait_for("one");
  slave_.reset();
  EXPECT_TRUE(rests()) << "poll would report it without a pause";
  EXPECT_FALSE(output_.drained());
  EXPECT_EQ(ends_sent_, 0) << "the program may open it again";
  slave_ = open_slave();
  write(slave_, "two");
  wait_for("onetwo");
}

TEST_F(TerminalOutputTest, EndsWithTheProgramThoughItRests) {
  slave_.reset();
  EXPECT_TRUE(rests());
  output_.program_ended();
  send_all(output_);
  EXPECT_TRUE(output_.drained());
}

TEST_F(TerminalOutputTest, IsDrainedThoughABackgroundProcessGoesOnWriting) {
  output_.program_ended();
  const std::string chatter(1'000, 'y');
  bool ended = false;
  for (int i = 0; i < 200'000 && !ended; ++i) {
    write(slave_, chatter);
    pollfd polled = {output_.wants_read(), POLLIN, 0};
    if (polled.fd >= 0 && ::poll(&polled, 1, 30'000) > 0) output_.send(port_, Stream::out, 1);
    read_wire();
    ended = output_.drained();
  }
  EXPECT_TRUE(ended);
  EXPECT_LE(sent_.size(), 64U * 1024);
}

}  // namespace
}  // namespace quiz::init
