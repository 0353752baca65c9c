#include "qemu/qmp.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <string>
#include <thread>

#include "base/pipe.h"

namespace quiz::qemu {
namespace {

constexpr int kPatienceMs =
    30'000;  // longer than any machine needs: only a broken promise waits so long

constexpr char kGreeting[] = R"({"QMP": {"version": {}, "capabilities": []}})"
                             "\n";
constexpr char kReset[] =
    R"({"event": "SHUTDOWN", "data": {"guest": true, "reason": "guest-reset"}})"
    "\n";

/// QEMU's end of the connection, played by the test.
class QmpTest : public testing::Test {
 protected:
  void say(const std::string& text) const {
    ASSERT_EQ(::send(server_.get(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  /// Everything that the client has sent.
  std::string heard() const {
    char chunk[4096];
    const ssize_t count = ::recv(server_.get(), chunk, sizeof chunk, MSG_DONTWAIT);
    return {chunk, count > 0 ? static_cast<std::size_t>(count) : 0};
  }
  /// Waits for a command (a line) from the client.
  void await_command() const {
    pollfd polled = {server_.get(), POLLIN, 0};
    ASSERT_EQ(::poll(&polled, 1, kPatienceMs), 1);
    (void)heard();
  }

  base::SocketPair sockets_ = base::make_socket_pair();
  base::Fd server_ = std::move(sockets_.second);
  Qmp qmp_{std::move(sockets_.first)};
};

TEST_F(QmpTest, LeavesTheNegotiationFirst) {
  EXPECT_EQ(heard(), "{\"id\":1,\"execute\":\"qmp_capabilities\"}\n");
}

TEST_F(QmpTest, SendsACommandWithItsArguments) {
  (void)heard();
  qmp_.send("stop");
  qmp_.send("chardev-send-break", R"({"id":"console"})");
  EXPECT_EQ(heard(),
            "{\"id\":2,\"execute\":\"stop\"}\n"
            "{\"id\":3,\"execute\":\"chardev-send-break\",\"arguments\":{\"id\":\"console\"}}\n");
}

TEST_F(QmpTest, GivesEachEventOnceAndInOrder) {
  say(std::string(kGreeting) + R"({"event": "STOP"})" + "\n" + kReset);
  EXPECT_TRUE(qmp_.receive());
  const auto events = qmp_.take_events();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].name, "STOP");
  EXPECT_EQ(events[0].reason, "");
  EXPECT_EQ(events[1].name, "SHUTDOWN");
  EXPECT_EQ(events[1].reason, "guest-reset");
  EXPECT_TRUE(qmp_.take_events().empty());
}

TEST_F(QmpTest, PutsALineTogetherWhereverItIsCut) {
  const std::string line = kReset;
  for (std::size_t cut = 0; cut <= line.size(); ++cut) {
    if (cut > 0) say(line.substr(0, cut));
    EXPECT_TRUE(qmp_.receive());
    EXPECT_EQ(qmp_.take_events().size(), cut == line.size() ? 1U : 0U) << "cut at " << cut;
    if (cut == line.size()) continue;
    say(line.substr(cut));
    EXPECT_TRUE(qmp_.receive());
    EXPECT_EQ(qmp_.take_events().size(), 1U) << "cut at " << cut;
  }
}

TEST_F(QmpTest, PassesOverWhatItDoesNotUnderstand) {
  for (const char* line :
       {"", "garbage", "{", "[]", "null", "\"event\"", "{}", "{\"event\": 7}", "{\"event\": null}",
        "{\"id\": \"x\"}", "{\"id\": -1}", "{\"id\": 1e99}", "\xff\xfe", "{\"event\": \"\xff\"}"}) {
    say(std::string(line) + "\n");
    EXPECT_TRUE(qmp_.receive()) << line;
    EXPECT_TRUE(qmp_.take_events().empty()) << line;
  }
  say(R"({"event": "SHUTDOWN", "data": 5})"
      "\n"
      R"({"event": "SHUTDOWN", "data": {"reason": 5}})"
      "\n");
  EXPECT_TRUE(qmp_.receive());
  EXPECT_EQ(qmp_.take_events().size(), 2U);
}

TEST_F(QmpTest, SurvivesDeeplyNestedGarbage) {
  const std::string open(50'000, '[');
  say(open + "\n" + kReset);
  EXPECT_TRUE(qmp_.receive());
  EXPECT_EQ(qmp_.take_events().size(), 1U);
}

// A QEMU that the guest has taken over says what it likes, as fast as it likes.
TEST_F(QmpTest, ListensToNobodyWithoutAPause) {
  std::string events;
  for (int i = 0; i < 50; ++i) events += kReset;
  const auto say_more = [&] {
    return ::send(server_.get(), events.data(), events.size(), MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
  };
  while (say_more()) continue;
  EXPECT_TRUE(qmp_.receive());
  pollfd more = {qmp_.fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&more, 1, 0), 1) << "what is left waits for the next time";
}

TEST_F(QmpTest, ListensNoMoreToAnEndlessLine) {
  bool open = true;
  std::size_t sent = 0;
  for (; open && sent < (std::size_t{8} << 20); sent += 4096) {
    say(std::string(4096, ' '));
    open = qmp_.receive();
  }
  EXPECT_FALSE(open);
  EXPECT_LE(sent, std::size_t{2} << 20);
}

TEST_F(QmpTest, ListensNoMoreToEventsThatNobodyTakes) {
  bool open = true;
  for (int i = 0; open && i < 50'000; ++i) {
    say(kReset);
    open = qmp_.receive();
  }
  EXPECT_FALSE(open);
  EXPECT_LE(qmp_.take_events().size(), 10'000U);
}

TEST_F(QmpTest, TakesNoNumberForTheRestOfALargerOne) {
  say("{\"return\": {}, \"id\": 4294967298}\n");  // 2^32 + 2
  EXPECT_FALSE(qmp_.call("stop", {}, 1));
}

TEST_F(QmpTest, TellsThatQemuHasClosedButFirstWhatItSaid) {
  EXPECT_TRUE(qmp_.receive()) << "silence is not the end";
  say(kReset);
  server_.reset();
  EXPECT_FALSE(qmp_.receive());
  EXPECT_EQ(qmp_.take_events().size(), 1U);
  qmp_.send("cont");  // no SIGPIPE
}

TEST_F(QmpTest, WaitsForTheAnswerToItsOwnCommand) {
  std::thread server([this] {
    await_command();
    say("{\"return\": {}, \"id\": 1}\n");
    say(kReset);
    say("{\"return\": {}, \"id\": 2}\n");
  });
  EXPECT_TRUE(qmp_.call("stop", {}, kPatienceMs));
  server.join();
  EXPECT_EQ(qmp_.take_events().size(), 1U) << "what happened meanwhile is kept";
}

TEST_F(QmpTest, GivesTheTextOfAnAnswerAndOnlyATextOnlyOnce) {
  say("{\"return\": \"0472: 0x1234\\r\\n\", \"id\": 2}\n");
  EXPECT_EQ(qmp_.ask("human-monitor-command", {}, kPatienceMs), "0472: 0x1234\r\n");
  say("{\"return\": {}, \"id\": 3}\n");
  EXPECT_EQ(qmp_.ask("stop", {}, kPatienceMs), std::nullopt);
  say("{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}, \"id\": 4}\n");
  EXPECT_EQ(qmp_.ask("stop", {}, kPatienceMs), std::nullopt);
}

TEST_F(QmpTest, TellsARefusedCommand) {
  say("{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}, \"id\": 2}\n");
  EXPECT_FALSE(qmp_.call("stop", {}, kPatienceMs));
  say("{\"return\": {}, \"id\": 3}\n");
  EXPECT_TRUE(qmp_.call("stop", {}, kPatienceMs)) << "the next one may succeed";
}

TEST_F(QmpTest, TakesNoOtherAnswerForItsOwn) {
  say("{\"return\": {}, \"id\": 1}\n");
  EXPECT_FALSE(qmp_.call("stop", {}, 1));
}

TEST_F(QmpTest, GivesUpOnASilentQemu) { EXPECT_FALSE(qmp_.call("stop", {}, 1)); }

TEST_F(QmpTest, GivesUpAtOnceWhenQemuHasClosed) {
  server_.reset();
  EXPECT_FALSE(qmp_.call("stop", {}, kPatienceMs));
}

}  // namespace
}  // namespace quiz::qemu
