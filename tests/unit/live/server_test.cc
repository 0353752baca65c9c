// The door of a machine whose guest and whose visitors the test plays.
#include "live/server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <csignal>
#include <map>

#include "../relay/fake_guest.h"
#include "base/files.h"
#include "base/local_socket.h"
#include "base/pipe.h"
#include "live/connection.h"
#include "relay/sessions.h"

namespace quiz::live {
namespace {

using namespace std::string_literals;
using relay::test::FakeGuest;
using relay::test::Received;
using wire::StreamKind;

/// What a relay is to its visitors.
class FakeRun final : public relay::Visited {
 public:
  FakeRun() { base::set_nonblocking(wire_.first.get(), true); }

  relay::RunState state() const override { return now; }
  relay::Session* begin_session(const wire::Exec& exec, relay::Ends ends,
                                relay::SessionEnded ended) override {
    if (full) return nullptr;
    const std::uint16_t id = *sessions_.new_id();
    ended_.emplace(id, std::move(ended));
    return &sessions_.begin(id, exec, std::move(ends));
  }
  void stop(bool at_once) override { stops += at_once ? "now " : "please "; }
  void fetch_log(relay::LogFetched fetched) override { log_fetched = std::move(fetched); }
  void press(char key) override { keys += key; }
  bool inject_nmi() override { return has_nmi; }
  std::string plug(const relay::NewDisk& wanted, relay::DiskSettled settled) override {
    if (!has_slots) throw base::Error("it has no slots");
    disks += "+" + std::to_string(wanted.bytes >> 20) + " ";
    disk_settled = std::move(settled);
    return "quizb7";
  }
  void unplug(const std::string& name, relay::DiskSettled settled) override {
    if (name != "quizb7") throw base::Error("it has no disk " + name);
    disks += "-" + name + " ";
    disk_settled = std::move(settled);
  }
  bool has_slots = true;
  std::string disks;
  relay::DiskSettled disk_settled;
  bool set_link(const relay::LinkState& state) override {
    link = state;
    return at_lan;
  }
  relay::LinkState link;
  bool at_lan = true;
  std::vector<machine::DiskTraffic> disk_traffic() override { return {{"quizb0", 512, 0, 1, 0}}; }
  void set_paused(bool paused) override { is_paused = paused; }
  bool paused() const override { return is_paused; }
  base::Fd begin_debugging() override {
    if (!debuggable) throw base::Error("QEMU does not let a debugger in");
    base::SocketPair socket = base::make_socket_pair();
    base::set_nonblocking(socket.first.get(), true);
    stub = std::move(socket.second);
    is_debugged = true;
    return std::move(socket.first);
  }
  void end_debugging() override { is_debugged = false; }
  bool debugged() const override { return is_debugged; }
  bool attach(relay::Onlooker& who) override {
    if (!has_terminal) return false;
    onlooker = &who;
    who.show("screen");
    return true;
  }
  void detach(relay::Onlooker&) override { onlooker = nullptr; }
  void fit_terminal() override { ++fitted; }
  void type_in(std::string_view bytes) override { typed += bytes; }

  /// One turn of the loop.
  void turn(Server& server) {
    sessions_.catch_up();
    base::PollSet set;
    set.add(wire_.first.get(), POLLIN, [this] {
      link_.receive();
      while (const auto frame = link_.next()) {
        EXPECT_NE(sessions_.serve(*frame), relay::Sessions::Served::garbage);
      }
    });
    server.watch(set, *this);
    constexpr int kMoment = 5;
    set.wait(kMoment);
    set.serve();
    for (auto next = ended_.begin(); next != ended_.end();) {
      const auto current = next++;
      if (!sessions_.find(current->first)->finished()) continue;
      current->second(sessions_.find(current->first)->exit());
      sessions_.end(current->first);
      ended_.erase(current);
    }
  }
  base::Fd take_guest_end() { return std::move(wire_.second); }
  std::size_t programs() const { return ended_.size(); }
  /// As the relay does when the machine has ended.
  void end() {
    for (const auto& [id, ended] : std::exchange(ended_, {})) ended(std::nullopt);
  }

  relay::RunState now = relay::RunState::runs;
  bool full = false;
  std::string stops;
  relay::LogFetched log_fetched;
  std::string keys;
  bool is_paused = false;
  bool has_nmi = true;
  bool debuggable = true;
  bool is_debugged = false;
  base::Fd stub;  // the machine's end
  bool has_terminal = true;
  relay::Onlooker* onlooker = nullptr;
  int fitted = 0;
  std::string typed;

 private:
  base::SocketPair wire_ = base::make_socket_pair();
  relay::WireLink link_{wire_.first.get()};
  relay::Sessions sessions_{link_};
  std::map<std::uint16_t, relay::SessionEnded> ended_;
};

wire::Exec program(StreamKind in = StreamKind::pipe) {
  wire::Exec exec;
  exec.arguments = {"cat"};
  exec.streams = {in, StreamKind::pipe, StreamKind::pipe};
  return exec;
}

class LiveServerTest : public testing::Test {
 protected:
  LiveServerTest() {
    std::signal(SIGPIPE, SIG_IGN);  // as main does
    description_.name = "box";
  }

  /// A visitor as far as the socket.
  FakeGuest knock() { return FakeGuest(base::connect_to(directory_.path(), kSocket)); }
  /// One who has said hello.
  FakeGuest visit() {
    FakeGuest visitor = knock();
    visitor.send(on_wire(Type::hello), 0, Hello{}.encode());
    EXPECT_EQ(await(visitor).type, on_wire(Type::hello));
    return visitor;
  }
  /// One whose program runs, in the guest's session `session`.
  FakeGuest visit_with_program(const wire::Exec& exec = program()) {
    FakeGuest visitor = visit();
    visitor.send(wire::Type::exec, 1, exec.encode());
    const Received frame = await(guest_);
    EXPECT_EQ(frame.type, wire::Type::exec);
    session_ = frame.session;
    guest_.send(wire::Type::started, session_, wire::Started{}.encode());
    EXPECT_EQ(await(visitor).type, wire::Type::started);
    return visitor;
  }
  /// What one of the two ends hears next.
  Received await(FakeGuest& end) {
    for (int i = 0; i < kTurns; ++i) {
      if (auto frame = end.look()) return *frame;
      run_.turn(*server_);
    }
    ADD_FAILURE() << "nothing came";
    return {};
  }
  /// The first of this type.
  Received await(FakeGuest& end, wire::Type type) {
    for (;;) {
      Received frame = await(end);
      if (frame.type == type || HasFailure()) return frame;
    }
  }
  void turns(int count = 20) {
    for (int i = 0; i < count; ++i) run_.turn(*server_);
  }
  /// The guest is asked to kill the program of session_.
  void expect_killed() {
    const auto signal = wire::Signal::decode(await(guest_, wire::Type::signal).payload);
    ASSERT_TRUE(signal);
    EXPECT_EQ(signal->number, static_cast<std::uint32_t>(SIGKILL));
  }

  static constexpr int kTurns = 2000;
  base::TempDir directory_{"/tmp"};
  Description description_;
  FakeRun run_;
  FakeGuest guest_{run_.take_guest_end()};
  std::uint16_t session_ = 0;
  std::unique_ptr<Server> server_ = [this] {
    description_.name = "box";
    return std::make_unique<Server>(directory_.path(), description_);
  }();
};

TEST_F(LiveServerTest, SaysWhatTheMachineIs) {
  FakeGuest visitor = visit();
  run_.now = relay::RunState::stays;
  visitor.send(on_wire(Type::describe), 0, {});
  const auto description = Description::decode(await(visitor).payload);
  ASSERT_TRUE(description);
  EXPECT_EQ(description->name, "box");
  EXPECT_EQ(description->state, relay::RunState::stays);
}

TEST_F(LiveServerTest, TellsAVisitorOfAnotherVersionItsOwn) {
  FakeGuest visitor = knock();
  visitor.send(on_wire(Type::hello), 0, Hello{kVersion + 1}.encode());
  const auto hello = Hello::decode(await(visitor).payload);
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->version, kVersion);
  visitor.send(wire::Type::exec, 1, program().encode());
  turns();
  EXPECT_EQ(run_.programs(), 0U);
}

TEST_F(LiveServerTest, RunsAProgramWithItsStreamsAndItsEnd) {
  FakeGuest visitor = visit_with_program();
  visitor.send(wire::Type::stdin_data, 1, "question");
  EXPECT_EQ(await(guest_, wire::Type::stdin_data).payload, "question");
  visitor.send(wire::Type::eof, 1, wire::StreamEnd{wire::Stream::in}.encode());
  EXPECT_EQ(await(guest_).type, wire::Type::eof);
  guest_.send(wire::Type::stdout_data, session_, "answer");
  guest_.send(wire::Type::stderr_data, session_, "complaint");
  guest_.send(wire::Type::exit, session_, relay::test::exited(7));
  EXPECT_EQ(await(visitor).payload, "answer");
  EXPECT_EQ(await(visitor).payload, "complaint");
  const auto exit = wire::Exit::decode(await(visitor, wire::Type::exit).payload);
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->value, 7U);
  EXPECT_EQ(run_.programs(), 0U);
}

TEST_F(LiveServerTest, TellsOfTheStartBeforeAnythingElse) {
  FakeGuest visitor = visit();
  visitor.send(wire::Type::exec, 1, program().encode());
  session_ = await(guest_).session;
  guest_.send(wire::Type::started, session_, wire::Started{}.encode());
  guest_.send(wire::Type::stdout_data, session_, "x");
  guest_.send(wire::Type::exit, session_, relay::test::exited(0));
  EXPECT_EQ(await(visitor).type, wire::Type::started);
  EXPECT_EQ(await(visitor).type, wire::Type::stdout_data);
  EXPECT_EQ(await(visitor).type, wire::Type::exit);
}

TEST_F(LiveServerTest, LetsAVisitorWaitWhileTheMachineBoots) {
  run_.now = relay::RunState::boots;
  FakeGuest visitor = visit();
  visitor.send(wire::Type::exec, 1, program().encode());
  turns();
  EXPECT_EQ(run_.programs(), 0U);
  run_.now = relay::RunState::runs;
  EXPECT_EQ(await(guest_).type, wire::Type::exec);
}

TEST_F(LiveServerTest, PassesCreditFromEndToEnd) {
  FakeGuest visitor = visit_with_program();
  const std::string much(wire::kMaxPayload, 'x');
  for (int i = 0; i < 4; ++i) {
    guest_.send(wire::Type::stdout_data, session_, much);
    EXPECT_EQ(await(visitor).payload.size(), much.size());
  }
  turns();
  EXPECT_FALSE(guest_.look()) << "credit that nobody gave";
  visitor.send(wire::Type::credit, 1, wire::Credit{wire::Stream::out, 100'000}.encode());
  const auto credit = wire::Credit::decode(await(guest_).payload);
  ASSERT_TRUE(credit);
  EXPECT_EQ(credit->bytes, 100'000U);
  guest_.send(wire::Type::credit, session_, wire::Credit{wire::Stream::in, 5000}.encode());
  turns();
  EXPECT_FALSE(visitor.look()) << "it has what may be on its way at once";
}

TEST_F(LiveServerTest, AsksForInputOnlyWhenTheProgramDoes) {
  FakeGuest visitor = visit_with_program(program(StreamKind::asked));
  turns();
  EXPECT_FALSE(visitor.look());
  guest_.send(wire::Type::credit, session_, wire::Credit{wire::Stream::in, 4096}.encode());
  const auto credit = wire::Credit::decode(await(visitor).payload);
  ASSERT_TRUE(credit);
  EXPECT_EQ(credit->bytes, 4096U);
}

TEST_F(LiveServerTest, TakesTheProgramOfAVisitorWhoHasGone) {
  FakeGuest first = visit_with_program();
  const std::uint16_t session_of_first = session_;
  FakeGuest second = visit_with_program();
  const std::uint16_t session_of_second = std::exchange(session_, session_of_first);
  first.close();
  expect_killed();
  guest_.send(wire::Type::exit, session_of_first, relay::test::exited(0));
  guest_.send(wire::Type::stdout_data, session_of_second, "still here");
  EXPECT_EQ(await(second).payload, "still here");
  EXPECT_EQ(run_.programs(), 1U);
}

TEST_F(LiveServerTest, TakesItAlsoWhenItStartsOnlyThen) {
  FakeGuest visitor = visit();
  visitor.send(wire::Type::exec, 1, program().encode());
  session_ = await(guest_).session;
  visitor.close();
  turns();
  while (const auto frame = guest_.look()) {
    EXPECT_EQ(frame->type, wire::Type::eof) << "the guest may not know the program yet";
  }
  guest_.send(wire::Type::started, session_, wire::Started{}.encode());
  expect_killed();
}

TEST_F(LiveServerTest, TurnsOutWhoSaysWhatMakesNoSense) {
  const wire::Credit too_much{wire::Stream::out, 1};
  const wire::Signal no_signal{0, false};
  const struct {
    wire::Type type;
    std::string payload;
  } cases[] = {
      {wire::Type::credit, too_much.encode()},
      {wire::Type::credit, "?"},
      {wire::Type::signal, no_signal.encode()},
      {wire::Type::signal, "?"},
      {wire::Type::resize, "?"},
      {wire::Type::eof, "?"},
      {wire::Type::exec, program().encode()},
      {wire::Type::setup, ""},
      {wire::Type::exit, relay::test::exited(0)},
      {on_wire(Type::stop), ""},
      {on_wire(Type::hello), Hello{}.encode()},
  };
  for (const auto& [type, payload] : cases) {
    FakeGuest visitor = visit_with_program();
    visitor.send(type, 1, payload);
    expect_killed();
    guest_.send(wire::Type::exit, session_, relay::test::exited(0));
    turns();
    EXPECT_EQ(run_.programs(), 0U);
    while (guest_.look()) {
    }
  }
  EXPECT_EQ(run_.stops, "");
}

TEST_F(LiveServerTest, TurnsOutWhoSendsMoreThanTheProgramTakes) {
  FakeGuest visitor = visit_with_program();
  const std::string much(wire::kMaxPayload, 'x');
  for (int i = 0; i < 5; ++i) {
    visitor.send(wire::Type::stdin_data, 1, much);
    turns(1);
  }
  expect_killed();
}

TEST_F(LiveServerTest, HearsNobodyWhoHasNotSaidHello) {
  FakeGuest visitor = knock();
  visitor.send(on_wire(Type::stop), 0, Stop{}.encode());
  turns();
  EXPECT_EQ(run_.stops, "");
  visitor = knock();
  visitor.send_raw(std::string(8, '\xff'));
  turns();
  EXPECT_FALSE(visitor.look());
}

TEST_F(LiveServerTest, PassesAStopOnAndTellsTheEndToAll) {
  FakeGuest one = visit();
  FakeGuest two = visit_with_program();
  one.send(on_wire(Type::stop), 0, Stop{false}.encode());
  one.send(on_wire(Type::stop), 0, Stop{true}.encode());
  turns();
  EXPECT_EQ(run_.stops, "please now ");
  run_.end();
  server_->tell_end({End::stopped, "it was stopped"});
  for (FakeGuest* const visitor : {&one, &two}) {
    const auto over = Over::decode(visitor->receive().payload);
    ASSERT_TRUE(over);
    EXPECT_EQ(over->end, End::stopped);
    EXPECT_EQ(over->reason, "it was stopped");
  }
}

TEST_F(LiveServerTest, PressesKeysAndPauses) {
  FakeGuest visitor = visit();
  visitor.send(on_wire(Type::press), 0, "w");
  EXPECT_EQ(await(visitor).type, on_wire(Type::done));
  EXPECT_EQ(run_.keys, "w");
  visitor.send(on_wire(Type::pause), 0, {});
  EXPECT_EQ(await(visitor).type, on_wire(Type::done));
  visitor.send(on_wire(Type::describe), 0, {});
  EXPECT_TRUE(Description::decode(await(visitor).payload).value_or(Description{}).paused);
  visitor.send(on_wire(Type::resume), 0, {});
  EXPECT_EQ(await(visitor).type, on_wire(Type::done));
  EXPECT_FALSE(run_.is_paused);
  visitor.send(on_wire(Type::press), 0, "\n");
  turns();
  EXPECT_EQ(run_.keys, "w");
}

TEST_F(LiveServerTest, HearsNoMoreOfWhoDoesNotTakeTheAnswers) {
  FakeGuest visitor = visit();
  std::string asked;
  for (int i = 0; i < 8000; ++i) {
    wire::append_frame(asked, on_wire(Type::describe), 0, {});
    wire::append_frame(asked, on_wire(Type::press), 0, "w");
  }
  std::size_t sent = 0;
  for (int i = 0; i < 400; ++i) {
    const ssize_t count = visitor.try_to_send(asked.substr(sent % asked.size()));
    if (count > 0) sent += static_cast<std::size_t>(count);
    run_.turn(*server_);
  }
  const std::size_t heard = run_.keys.size();
  EXPECT_LT(heard, sent / (asked.size() / 8000)) << "all that was sent has been answered";
  turns();
  EXPECT_EQ(run_.keys.size(), heard);
  EXPECT_EQ(await(visitor).type, on_wire(Type::describe)) << "and goes on when it does";
  for (int i = 0; i < 20'000; ++i) visitor.look();
  turns();
  EXPECT_GT(run_.keys.size(), heard);
}

TEST_F(LiveServerTest, TellsTheLog) {
  FakeGuest visitor = visit();
  visitor.send(on_wire(Type::log), 0, {});
  turns();
  ASSERT_TRUE(run_.log_fetched);
  run_.log_fetched({wire::Log{4, 17, "hot"}, wire::Log{6, 18, "cold"}});
  const auto first = wire::Log::decode(await(visitor).payload);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->text, "hot");
  EXPECT_EQ(await(visitor).type, on_wire(Type::log));
  EXPECT_EQ(await(visitor).type, on_wire(Type::done));
}

TEST_F(LiveServerTest, KeepsWhoWaitsForTheLogUntilItComes) {
  FakeGuest visitor = visit();
  visitor.send(on_wire(Type::log), 0, {});
  turns();
  visitor.close();
  turns();
  run_.log_fetched({wire::Log{4, 17, "hot"}});
  turns();
}

TEST_F(LiveServerTest, SendsAnNmiAndTellsWhatTheDisksWereUsedFor) {
  FakeGuest visitor = visit();
  visitor.send(on_wire(Type::nmi), 0, {});
  EXPECT_EQ(await(visitor).type, on_wire(Type::done));
  run_.has_nmi = false;
  visitor.send(on_wire(Type::nmi), 0, {});
  EXPECT_EQ(await(visitor).type, on_wire(Type::refused));
  visitor.send(on_wire(Type::stats), 0, {});
  const auto stats = Stats::decode(await(visitor).payload);
  ASSERT_TRUE(stats);
  ASSERT_EQ(stats->disks.size(), 1U);
  EXPECT_EQ(stats->disks[0].name, "quizb0");
  EXPECT_EQ(stats->disks[0].read_bytes, 512U);
  const std::string down = Link{{.down = true, .loss = 5}}.encode();
  visitor.send(on_wire(Type::link), 0, down);
  EXPECT_EQ(await(visitor).type, on_wire(Type::done));
  EXPECT_EQ(run_.link.down, true);
  EXPECT_EQ(run_.link.loss, 5U);
  EXPECT_EQ(run_.link.delay_ms, std::nullopt);
  run_.at_lan = false;
  visitor.send(on_wire(Type::link), 0, down);
  EXPECT_EQ(await(visitor).type, on_wire(Type::refused));
}

TEST_F(LiveServerTest, AnswersWhenTheGuestHasFoundADisk) {
  FakeGuest visitor = visit();
  const std::string wanted = Plug{{.bytes = std::uint64_t{64} << 20}}.encode();
  visitor.send(on_wire(Type::plug), 0, wanted);
  turns();
  ASSERT_TRUE(run_.disk_settled);
  EXPECT_EQ(run_.disks, "+64 ");
  run_.disk_settled();
  const auto plugged = await(visitor);
  EXPECT_EQ(plugged.type, on_wire(Type::plug));
  EXPECT_EQ(plugged.payload, "quizb7");

  run_.disk_settled = nullptr;
  visitor.send(on_wire(Type::unplug), 0, "quizb7");
  turns();
  ASSERT_TRUE(run_.disk_settled);
  run_.disk_settled();
  EXPECT_EQ(await(visitor).type, on_wire(Type::done));
  EXPECT_EQ(run_.disks, "+64 -quizb7 ");
}

TEST_F(LiveServerTest, SaysWhyADiskCannotComeOrGo) {
  FakeGuest visitor = visit();
  visitor.send(on_wire(Type::unplug), 0, "quizb8");
  EXPECT_EQ(await(visitor).payload, "it has no disk quizb8");
  const std::string wanted = Plug{{.bytes = std::uint64_t{64} << 20}}.encode();
  run_.has_slots = false;
  visitor.send(on_wire(Type::plug), 0, wanted);
  EXPECT_EQ(await(visitor).payload, "it has no slots");
  run_.has_slots = true;
  run_.now = relay::RunState::boots;
  visitor.send(on_wire(Type::plug), 0, wanted);
  const auto refused = await(visitor);
  EXPECT_EQ(refused.type, on_wire(Type::refused));
  EXPECT_EQ(refused.payload, "it has not come up yet");
  EXPECT_EQ(run_.disks, "");
}

/// The guest may never answer, and the visitor leave before: nothing is said to nobody.
TEST_F(LiveServerTest, KeepsWhoWaitsForADiskUntilTheEnd) {
  FakeGuest visitor = visit();
  visitor.send(on_wire(Type::plug), 0, Plug{{.bytes = std::uint64_t{64} << 20}}.encode());
  turns();
  visitor.close();
  turns();
  ASSERT_TRUE(run_.disk_settled);
  run_.disk_settled();
  turns();
}

TEST_F(LiveServerTest, LinksADebuggerWithTheMachineUntilItGoes) {
  FakeGuest visitor = visit();
  visitor.send(on_wire(Type::debug), 0, {});
  EXPECT_EQ(await(visitor).type, on_wire(Type::debug));
  EXPECT_TRUE(run_.is_debugged);
  visitor.send(on_wire(Type::debug_data), 0, "$?#3f");
  turns();
  char heard[16] = {};
  ASSERT_EQ(::recv(run_.stub.get(), heard, sizeof heard, MSG_DONTWAIT), 5);
  EXPECT_EQ(std::string(heard), "$?#3f");
  ASSERT_EQ(::send(run_.stub.get(), "+", 1, 0), 1);
  const Received answer = await(visitor);
  EXPECT_EQ(answer.type, on_wire(Type::debug_data));
  EXPECT_EQ(answer.payload, "+");

  // Another has to wait, and nobody else lets the machine go on meanwhile.
  FakeGuest other = visit();
  other.send(on_wire(Type::resume), 0, {});
  EXPECT_EQ(await(other).payload, "a debugger holds it");
  other.send(on_wire(Type::debug), 0, {});
  EXPECT_EQ(await(other).payload, "a debugger looks at it already");
  EXPECT_TRUE(run_.is_debugged);

  visitor.close();
  turns();
  EXPECT_FALSE(run_.is_debugged);
}

TEST_F(LiveServerTest, TellsADebuggerThatTheMachineLetItGo) {
  FakeGuest visitor = visit();
  visitor.send(on_wire(Type::debug), 0, {});
  EXPECT_EQ(await(visitor).type, on_wire(Type::debug));
  run_.stub.reset();
  EXPECT_EQ(await(visitor).type, on_wire(Type::done));
  EXPECT_FALSE(run_.is_debugged);
}

TEST_F(LiveServerTest, SaysWhyThereIsNoDebugger) {
  run_.debuggable = false;
  FakeGuest visitor = visit();
  visitor.send(on_wire(Type::debug), 0, {});
  const Received frame = await(visitor);
  EXPECT_EQ(frame.type, on_wire(Type::refused));
  EXPECT_EQ(frame.payload, "QEMU does not let a debugger in");
}

TEST_F(LiveServerTest, HoldsADebuggerBackWhoSaysMoreThanIsTaken) {
  FakeGuest visitor = visit();
  visitor.send(on_wire(Type::debug), 0, {});
  EXPECT_EQ(await(visitor).type, on_wire(Type::debug));
  std::string words;
  wire::append_frame(words, on_wire(Type::debug_data), 0, std::string(32 << 10, 'x'));
  std::size_t sent = 0;
  for (int i = 0; i < 400; ++i) {
    const ssize_t count = visitor.try_to_send(words.substr(sent % words.size()));
    if (count > 0) sent += static_cast<std::size_t>(count);
    run_.turn(*server_);
  }
  EXPECT_LT(sent, std::size_t{2} << 20);
  EXPECT_TRUE(run_.is_debugged);
}

TEST_F(LiveServerTest, ShowsTheProgramsTerminal) {
  FakeGuest visitor = visit();
  visitor.send(on_wire(Type::attach), 1, Attach{false, {24, 80}}.encode());
  EXPECT_EQ(await(visitor).type, wire::Type::started);
  EXPECT_EQ(await(visitor).payload, "screen");
  ASSERT_NE(run_.onlooker, nullptr);
  EXPECT_EQ(run_.onlooker->window().rows, 24);
  visitor.send(wire::Type::stdin_data, 1, "keys");
  EXPECT_EQ(await(visitor).type, wire::Type::credit);
  EXPECT_EQ(run_.typed, "keys");
  visitor.send(wire::Type::resize, 1, wire::WindowSize{10, 20}.encode());
  turns();
  EXPECT_EQ(run_.onlooker->window().columns, 20);
  EXPECT_EQ(run_.fitted, 1);
  run_.onlooker->ended(wire::Exit{});
  EXPECT_EQ(await(visitor).type, wire::Type::exit);
}

TEST_F(LiveServerTest, LetsNobodyTypeWhoOnlyLooks) {
  FakeGuest visitor = visit();
  visitor.send(on_wire(Type::attach), 1, Attach{true, {}}.encode());
  visitor.send(wire::Type::stdin_data, 1, "keys");
  await(visitor, wire::Type::credit);
  EXPECT_EQ(run_.typed, "");
  visitor.close();
  turns();
  EXPECT_EQ(run_.onlooker, nullptr);
}

TEST_F(LiveServerTest, TurnsOutAnOnlookerWhoDoesNotKeepUp) {
  FakeGuest visitor = visit();
  visitor.send(on_wire(Type::attach), 1, Attach{true, {}}.encode());
  await(visitor, wire::Type::stdout_data);
  for (int i = 0; i < 5; ++i) run_.onlooker->show(std::string(60'000, 'x'));
  turns();
  EXPECT_EQ(run_.onlooker, nullptr);
  EXPECT_EQ(await(visitor, on_wire(Type::refused)).payload,
            "more is printed than you take; attach again");
}

TEST_F(LiveServerTest, RefusesToAttachWhereThereIsNoTerminal) {
  run_.has_terminal = false;
  FakeGuest visitor = visit();
  visitor.send(on_wire(Type::attach), 1, Attach{}.encode());
  EXPECT_EQ(await(visitor, on_wire(Type::refused)).type, on_wire(Type::refused));
}

TEST_F(LiveServerTest, SaysSoWhereTooManyRun) {
  run_.full = true;
  FakeGuest visitor = visit();
  visitor.send(wire::Type::exec, 1, program().encode());
  EXPECT_EQ(await(visitor).type, on_wire(Type::refused));
}

}  // namespace
}  // namespace quiz::live
