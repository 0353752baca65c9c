#include "relay/session.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <vector>

#include "base/files.h"
#include "base/pipe.h"
#include "fake_guest.h"

namespace quiz::relay {
namespace {

using namespace std::string_literals;
using test::FakeGuest;
using wire::Stream;
using wire::Type;

constexpr std::uint16_t kSession = 1;
constexpr std::size_t kCredit = wire::kInitialCredit;
constexpr std::array<wire::StreamKind, wire::kStreams> kPipes = {
    wire::StreamKind::pipe, wire::StreamKind::pipe, wire::StreamKind::pipe};

class SessionTest : public testing::Test {
 protected:
  SessionTest() {
    std::signal(SIGPIPE, SIG_IGN);  // as main does
    base::set_nonblocking(out_.read_end.get(), true);
    base::set_nonblocking(err_.read_end.get(), true);
  }

  bool serve(Type type, std::string_view payload) {
    return session_.serve({static_cast<std::uint16_t>(type), kSession, payload});
  }
  /// Serves so much output in frames of the usual size; false as soon as one is refused.
  bool serve_output(Type type, std::size_t size) {
    while (size > 0) {
      const std::size_t piece = std::min(size, wire::kMaxPayload);
      if (!serve(type, std::string(piece, 'x'))) return false;
      size -= piece;
    }
    return true;
  }
  /// What has come out, at most `limit` bytes.
  static std::string take(const base::Pipe& pipe, std::size_t limit = 1 << 20) {
    std::string bytes(limit, '\0');
    const ssize_t count = ::read(pipe.read_end.get(), bytes.data(), limit);
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return bytes;
  }
  std::size_t take_all() {
    std::size_t all = 0;
    for (std::size_t count = 1; count > 0; all += count) {
      count = take(out_).size();
      if (session_.wants_write(Stream::out) >= 0) session_.write_output(Stream::out);
    }
    return all;
  }
  /// The next frame that the host sent.
  std::optional<test::Received> look() {
    link_.flush();
    return guest_.look();
  }
  /// What the host sent, of one type.
  std::vector<std::string> sent(Type type) {
    std::vector<std::string> payloads;
    while (const auto frame = look()) {
      EXPECT_EQ(frame->session, kSession);
      if (frame->type == type) payloads.push_back(frame->payload);
    }
    return payloads;
  }
  std::size_t bytes_sent(Type type) {
    std::size_t size = 0;
    for (const std::string& payload : sent(type)) size += payload.size();
    return size;
  }
  std::size_t credit_granted() {
    std::size_t sum = 0;
    for (const std::string& payload : sent(Type::credit)) {
      const auto credit = wire::Credit::decode(payload);
      EXPECT_TRUE(credit && credit->stream == Stream::out);
      sum += credit ? credit->bytes : 0;
    }
    return sum;
  }

  base::SocketPair wire_ = base::make_socket_pair();
  base::Pipe out_ = base::make_pipe();
  base::Pipe err_ = base::make_pipe();
  WireLink link_{wire_.first.get()};
  FakeGuest guest_{std::move(wire_.second)};
  Session session_{kSession, ends_at(kPipes, {0, out_.write_end.get(), err_.write_end.get()}),
                   link_};
};

TEST_F(SessionTest, AsksTheGuestForExactlyTheProgram) {
  wire::Exec exec;
  exec.arguments = {"printf", "%s", std::string(200'000, 'a')};  // larger than a frame
  session_.start(exec);
  std::string message;
  while (const auto frame = look()) message += frame->payload;
  EXPECT_TRUE(message == exec.encode());
}

TEST_F(SessionTest, ReadsOfAnInputThatIsAskedForWhatTheGuestHasCreditFor) {
  const base::Pipe in = base::make_pipe();
  constexpr std::array<wire::StreamKind, wire::kStreams> kKinds = {
      wire::StreamKind::asked, wire::StreamKind::pipe, wire::StreamKind::pipe};
  Session session(kSession, ends_at(kKinds, {in.read_end.get(), -1, -1}), link_);
  const auto serve = [&](Type type, const std::string& payload) {
    return session.serve({static_cast<std::uint16_t>(type), kSession, payload});
  };
  wire::Exec exec;
  exec.arguments = {"cat"};
  exec.streams = kKinds;
  session.start(exec);
  ASSERT_EQ(::write(in.write_end.get(), "12345678", 8), 8);
  EXPECT_TRUE(serve(Type::started, wire::Started{1}.encode()));
  EXPECT_EQ(session.wants_read(), -1);
  EXPECT_EQ(session.read_input(), "");
  EXPECT_TRUE(serve(Type::credit, wire::Credit{Stream::in, 5}.encode()));
  EXPECT_EQ(session.wants_read(), in.read_end.get());
  const std::string bytes = session.read_input();
  EXPECT_EQ(bytes, "12345");
  session.send_input(bytes);
  EXPECT_EQ(session.wants_read(), -1);
}

TEST_F(SessionTest, PassesEachStreamOnByteForByte) {
  EXPECT_TRUE(serve(Type::started, wire::Started{1}.encode()));
  EXPECT_TRUE(session_.started());
  EXPECT_TRUE(serve(Type::stdout_data, "\0out\xff\n"s));
  EXPECT_TRUE(serve(Type::stderr_data, "err"));
  EXPECT_TRUE(serve(Type::stdout_data, ""));
  EXPECT_EQ(take(out_), "\0out\xff\n"s);
  EXPECT_EQ(take(err_), "err");
}

TEST_F(SessionTest, TakesAllOfTheCreditButNotAByteMore) {
  EXPECT_TRUE(serve_output(Type::stdout_data, kCredit));
  // The pipe's 64 KiB count as taken and were granted anew; the rest waits for the reader.
  const std::size_t granted = credit_granted();
  EXPECT_LT(granted, kCredit);
  EXPECT_TRUE(serve_output(Type::stdout_data, granted));
  EXPECT_FALSE(serve(Type::stdout_data, "x")) << "the guest exceeded its credit";
}

TEST_F(SessionTest, CountsTheCreditOfEachStreamByItself) {
  EXPECT_TRUE(serve_output(Type::stdout_data, kCredit));
  EXPECT_TRUE(serve_output(Type::stderr_data, kCredit));
  EXPECT_FALSE(serve_output(Type::stderr_data, kCredit));
}

TEST_F(SessionTest, GrantsCreditForWhatWasTakenAndNeverMore) {
  std::size_t left = kCredit;
  std::size_t served = 0;
  std::size_t taken = 0;
  while (served < 20 * kCredit) {
    const std::size_t piece = std::min<std::size_t>(left, 50'000);
    ASSERT_TRUE(serve_output(Type::stdout_data, piece));
    served += piece;
    taken += take_all();
    left = left - piece + credit_granted();
    ASSERT_LE(left, kCredit);
    ASSERT_GE(left, kCredit / 2) << "a reader that takes everything does not hold the guest back";
  }
  EXPECT_EQ(taken, served);
}

TEST_F(SessionTest, HoldsTheGuestBackWhileNobodyReads) {
  std::size_t served = 0;
  std::size_t left = kCredit;
  while (left > 0) {
    ASSERT_TRUE(serve_output(Type::stdout_data, left));
    served += left;
    left = credit_granted();
  }
  EXPECT_LE(served, 2 * kCredit);
  EXPECT_EQ(take_all(), served);
  EXPECT_GT(credit_granted(), 0U) << "when it is read at last, the guest may go on";
}

TEST_F(SessionTest, SendsInputOnlyWithinTheGuestsCredit) {
  std::size_t given = 0;
  while (session_.input_room() > 0) {
    const std::size_t piece = session_.input_room();
    ASSERT_LE(piece, wire::kMaxPayload);
    session_.send_input(std::string(piece, 'i'));
    given += piece;
  }
  EXPECT_EQ(bytes_sent(Type::stdin_data), kCredit);
  EXPECT_GT(given, kCredit) << "what was typed ahead is kept";
  EXPECT_TRUE(serve(Type::credit, wire::Credit{Stream::in, 1000}.encode()));
  EXPECT_EQ(bytes_sent(Type::stdin_data), 1000U);
  EXPECT_EQ(session_.input_room(), 1000U);
  EXPECT_TRUE(serve(Type::credit, wire::Credit{Stream::in, 0xffff'ffffU}.encode()));
  EXPECT_EQ(bytes_sent(Type::stdin_data), given - kCredit - 1000);
}

TEST_F(SessionTest, EndsTheInputOnceAndOnlyBehindAllOfIt) {
  std::size_t given = 0;
  for (; session_.input_room() > 0; given += 10'000) session_.send_input(std::string(10'000, 'i'));
  session_.end_input();
  EXPECT_EQ(session_.input_room(), 0U);
  EXPECT_TRUE(sent(Type::eof).empty()) << "before all of the input was sent";
  EXPECT_TRUE(serve(Type::credit, wire::Credit{Stream::in, 1 << 20}.encode()));
  std::size_t rest = 0;
  Type last = Type::hello;
  while (const auto frame = look()) {
    if (frame->type == Type::stdin_data) rest += frame->payload.size();
    last = frame->type;
  }
  EXPECT_EQ(last, Type::eof);
  EXPECT_EQ(rest, given - kCredit);
  session_.end_input();
  EXPECT_TRUE(sent(Type::eof).empty()) << "once more";
}

TEST_F(SessionTest, TakesNoInputForAProgramThatReadsNoMore) {
  EXPECT_GT(session_.input_room(), 0U);
  EXPECT_TRUE(serve(Type::eof, wire::StreamEnd{Stream::in}.encode()));
  EXPECT_FALSE(session_.input_open());
  EXPECT_EQ(session_.input_room(), 0U);
  session_.end_input();
  EXPECT_TRUE(sent(Type::eof).empty());
}

TEST_F(SessionTest, TakesTheEndOfOutputFromTheGuest) {
  EXPECT_TRUE(serve(Type::eof, wire::StreamEnd{Stream::out}.encode()));
  EXPECT_TRUE(serve(Type::eof, wire::StreamEnd{Stream::err}.encode()));
  EXPECT_TRUE(session_.input_open());
}

TEST_F(SessionTest, TellsTheGuestOnceThatAReaderHasGone) {
  out_.read_end.reset();
  EXPECT_TRUE(serve(Type::stdout_data, "x"));
  EXPECT_TRUE(serve(Type::stdout_data, "y"));
  const auto ends = sent(Type::eof);
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(ends[0], wire::StreamEnd{Stream::out}.encode());
  EXPECT_EQ(session_.output_error(), 0) << "a reader that has gone is no error";
  // What the guest had on its way is dropped, and neither refused nor held back.
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(serve_output(Type::stdout_data, 60'000));
}

TEST_F(SessionTest, TellsWhatElseBrokeAnOutput) {
  const base::Fd full = base::open_file("/dev/full", O_WRONLY);
  Session session(kSession, ends_at(kPipes, {-1, full.get(), -1}), link_);
  EXPECT_TRUE(session.serve({static_cast<std::uint16_t>(Type::stdout_data), kSession, "x"}));
  EXPECT_EQ(session.output_error(), ENOSPC);
}

TEST_F(SessionTest, IsFinishedOnlyWhenAllOutputWasTaken) {
  EXPECT_FALSE(session_.finished());
  EXPECT_TRUE(serve_output(Type::stdout_data, kCredit));
  EXPECT_TRUE(serve(Type::exit, test::exited(42)));
  ASSERT_TRUE(session_.exit());
  EXPECT_EQ(session_.exit()->value, 42U);
  EXPECT_FALSE(session_.finished()) << "the reader has not taken everything";
  EXPECT_EQ(take_all(), kCredit);
  EXPECT_TRUE(session_.finished());
}

TEST_F(SessionTest, IsFinishedWhenTheReaderOfTheRestHasGone) {
  EXPECT_TRUE(serve_output(Type::stdout_data, kCredit));
  EXPECT_TRUE(serve(Type::exit, test::exited(0)));
  out_.read_end.reset();
  session_.write_output(Stream::out);
  EXPECT_TRUE(session_.finished());
}

TEST_F(SessionTest, RefusesEverythingAfterTheExit) {
  EXPECT_TRUE(serve(Type::exit, test::exited(0)));
  EXPECT_FALSE(serve(Type::exit, test::exited(1)));
  EXPECT_FALSE(serve(Type::started, wire::Started{1}.encode()));
  EXPECT_FALSE(serve(Type::stdout_data, "x"));
  EXPECT_FALSE(serve(Type::eof, wire::StreamEnd{Stream::out}.encode()));
  EXPECT_FALSE(serve(Type::credit, wire::Credit{Stream::in, 1}.encode()));
  EXPECT_EQ(session_.exit()->value, 0U);
  EXPECT_FALSE(session_.started());
}

TEST_F(SessionTest, RefusesWhatAGuestMayNotSay) {
  EXPECT_TRUE(serve(Type::started, wire::Started{1}.encode()));
  EXPECT_FALSE(serve(Type::started, wire::Started{1}.encode())) << "twice";
  EXPECT_FALSE(serve(Type::credit, wire::Credit{Stream::out, 1}.encode())) << "not its to grant";
  EXPECT_FALSE(serve(Type::started, "short"));
  EXPECT_FALSE(serve(Type::eof, "\x03"));
  EXPECT_FALSE(serve(Type::eof, ""));
  EXPECT_FALSE(serve(Type::credit, "\0\0"s));
  EXPECT_FALSE(serve(Type::exit, "?"));
  for (const Type type : {Type::setup, Type::exec, Type::stdin_data, Type::resize, Type::signal,
                          static_cast<Type>(0), static_cast<Type>(99)}) {
    EXPECT_FALSE(serve(type, "")) << static_cast<int>(type);
  }
  EXPECT_FALSE(
      serve(static_cast<Type>(static_cast<int>(Type::stdout_data) | wire::kMoreFollows), "x"));
}

TEST_F(SessionTest, RefusesOutputForAStreamThatIsNotThere) {
  Session session(kSession, ends_at(kPipes, {-1, out_.write_end.get(), -1}), link_);
  EXPECT_FALSE(session.serve({static_cast<std::uint16_t>(Type::stderr_data), kSession, "x"}));
  EXPECT_FALSE(session.serve({static_cast<std::uint16_t>(Type::stderr_data), kSession, ""}));
  EXPECT_EQ(session.input_room(), 0U);
  EXPECT_EQ(session.wants_write(Stream::err), -1);
}

TEST_F(SessionTest, ResizesOnlyAProgramThatRuns) {
  session_.resize({24, 80});
  EXPECT_TRUE(sent(Type::resize).empty());
  EXPECT_TRUE(serve(Type::started, wire::Started{1}.encode()));
  session_.resize({50, 132});
  EXPECT_EQ(sent(Type::resize), std::vector{wire::WindowSize({50, 132}).encode()});
}

TEST_F(SessionTest, SendsSignalsToTheProgramOrItsGroup) {
  session_.signal(SIGTERM, false);
  session_.signal(SIGINT, true);
  EXPECT_EQ(sent(Type::signal), (std::vector{wire::Signal({SIGTERM, false}).encode(),
                                             wire::Signal({SIGINT, true}).encode()}));
}

TEST(WireLink, KeepsWhatTheMachineDoesNotTakeWithoutBlocking) {
  base::SocketPair pair = base::make_socket_pair();
  WireLink link(pair.first.get());
  FakeGuest guest(std::move(pair.second));
  const std::string piece(60'000, 'x');
  for (int i = 0; i < 20; ++i) link.send(Type::stdin_data, kSession, piece);
  EXPECT_TRUE(link.wants_write());
  EXPECT_GT(link.backlog(), 0U);
  int received = 0;
  for (; received < 20; ++received) {
    link.flush();
    const auto frame = guest.look();
    ASSERT_TRUE(frame);
    EXPECT_TRUE(frame->payload == piece);
  }
  link.flush();
  EXPECT_FALSE(link.wants_write());
  EXPECT_EQ(link.backlog(), 0U);
}

TEST(WireLink, TellsThatTheOtherSideHasClosed) {
  base::SocketPair pair = base::make_socket_pair();
  WireLink link(pair.first.get());
  EXPECT_TRUE(link.receive()) << "nothing there is not the end";
  FakeGuest guest(std::move(pair.second));
  guest.send(Type::hello, 0, "last words");
  guest.close();
  EXPECT_TRUE(link.receive());
  const auto frame = link.next();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->payload, "last words");
  EXPECT_FALSE(link.receive());
  link.send(Type::ping, 0, "into the void");  // no SIGPIPE
}

// Output costs credit, and credit is a message to the guest.
TEST_F(SessionTest, RefusesAGuestThatWritesOnAndOnAndReadsNothing) {
  const base::Fd nowhere = base::open_file("/dev/null", O_WRONLY);
  Session session(kSession, ends_at(kPipes, {-1, nowhere.get(), -1}), link_);
  const std::string piece(wire::kMaxPayload, 'x');
  const wire::Frame frame{static_cast<std::uint16_t>(Type::stdout_data), kSession, piece};
  std::size_t served = 0;
  while (served < 100'000 && session.serve(frame)) ++served;
  EXPECT_LT(served, 100'000U);
  EXPECT_LE(link_.backlog(), std::size_t{1} << 20);
}

}  // namespace
}  // namespace quiz::relay
