// A visitor who is not trusted, as src/live meets it at a running machine's socket: arbitrary bytes
// in arbitrary pieces. Checked: nothing is heard before a hello, at most one program runs, the
// guest is sent no more input than it takes and no signal that there is not, and whoever is turned
// out takes the program along.
//
// The input: a byte that decides the pieces, then the visitor's bytes.
#include <sys/socket.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/pipe.h"
#include "expect.h"
#include "live/visit.h"
#include "relay/sessions.h"
#include "wire/codec.h"

namespace {

using namespace quiz;
using fuzz::expect;
using wire::Type;

/// The run that is visited, with a guest that starts every program at once and takes no input
/// beyond the first credit.
class Run final : public relay::Visited {
 public:
  Run() {
    for (const base::Fd* const fd : {&wire_.first, &wire_.second}) {
      base::set_nonblocking(fd->get(), true);
    }
  }

  relay::RunState state() const override { return relay::RunState::runs; }
  relay::Session* begin_session(const wire::Exec& exec, relay::Ends ends,
                                relay::SessionEnded ended) override {
    expect(ended_ == nullptr, "a visitor has one program");
    ended_ = std::move(ended);
    session = &sessions_.begin(kSession, exec, std::move(ends));
    std::string started;
    wire::append_frame(started, Type::started, kSession, wire::Started{}.encode());
    expect(::send(wire_.second.get(), started.data(), started.size(), 0) > 0, "the host reads");
    return session;
  }
  void stop(bool) override {}
  void fetch_log(relay::LogFetched fetched) override { fetched({wire::Log{4, 1, "text"}}); }
  void press(char key) override { expect(live::is_system_request({&key, 1}), "it is a key"); }
  bool inject_nmi() override { return paused_; }
  std::string plug(const relay::NewDisk& wanted, relay::DiskSettled settled) override {
    expect(wanted.bytes >= 65536 && wanted.bytes % 4096 == 0, "the size makes sense");
    await_disk(std::move(settled));
    return "quizb1";
  }
  void unplug(const std::string& name, relay::DiskSettled settled) override {
    if (name != "quizb0") throw base::Error("there is no such disk");
    await_disk(std::move(settled));
  }
  bool set_link(const relay::LinkState&) override { return paused_; }
  std::vector<machine::DiskTraffic> disk_traffic() override { return {{"quizb0", 1, 2, 3, 4}}; }
  void set_paused(bool paused) override { paused_ = paused; }
  bool paused() const override { return paused_; }
  /// A machine that says what it hears.
  base::Fd begin_debugging() override {
    expect(!debugged_, "one debugger at a time");
    debugged_ = true;
    stub_ = base::make_socket_pair();
    for (const base::Fd* const fd : {&stub_.first, &stub_.second}) {
      base::set_nonblocking(fd->get(), true);
    }
    return std::move(stub_.first);
  }
  void end_debugging() override { debugged_ = false; }
  bool debugged() const override { return debugged_; }
  bool attach(relay::Onlooker& onlooker) override {
    onlooker.show("screen");
    return true;
  }
  void detach(relay::Onlooker&) override {}
  void fit_terminal() override {}
  void type_in(std::string_view) override {}

  void turn() {
    sessions_.catch_up();
    link_.receive();
    while (const auto frame = link_.next()) sessions_.serve(*frame);
    hear();
    if (settled_) std::exchange(settled_, nullptr)();
    char words[4096];
    const ssize_t count = stub_.second ? ::recv(stub_.second.get(), words, sizeof words, 0) : 0;
    if (count <= 0) return;
    (void)!::send(stub_.second.get(), words, static_cast<std::size_t>(count), MSG_NOSIGNAL);
  }
  /// The program ends.
  void end() {
    if (ended_ == nullptr) return;
    const auto ended = std::exchange(ended_, nullptr);
    ended(wire::Exit{});
    sessions_.end(kSession);
  }

  relay::Session* session = nullptr;
  bool killed = false;

 private:
  static constexpr std::uint16_t kSession = relay::kFirstOtherSession;

  void await_disk(relay::DiskSettled settled) {
    expect(!settled_, "a visitor has one disk under way");
    settled_ = std::move(settled);
  }

  /// As the guest.
  void hear() {
    const auto space = reader_.space();
    const ssize_t count = ::recv(wire_.second.get(), space.data, space.size, 0);
    if (count > 0) reader_.commit(static_cast<std::size_t>(count));
    while (const auto frame = reader_.next()) {
      switch (static_cast<Type>(frame->type & ~wire::kMoreFollows)) {
        case Type::stdin_data:
          input_ += frame->payload.size();
          expect(input_ <= wire::kInitialCredit, "no more input than the guest takes");
          break;
        case Type::signal: {
          const auto signal = wire::Signal::decode(frame->payload);
          expect(signal && signal->number > 0 && signal->number < NSIG, "there is such a signal");
          killed = killed || signal->number == SIGKILL;
          break;
        }
        case Type::exec:
        case Type::eof:
        case Type::credit:
        case Type::resize:
          break;
        default:
          expect(false, "a visitor has the guest sent nothing else");
      }
    }
    expect(!reader_.broken(), "the guest is sent frames");
  }

  base::SocketPair wire_ = base::make_socket_pair();
  relay::WireLink link_{wire_.first.get()};
  relay::Sessions sessions_{link_};
  relay::SessionEnded ended_;
  relay::DiskSettled settled_;
  wire::FrameReader reader_;
  std::uint64_t input_ = 0;
  bool paused_ = false;
  bool debugged_ = false;
  base::SocketPair stub_;
};

void visit(std::uint8_t choice, std::string_view bytes) {
  Run run;
  const live::Description description;
  base::SocketPair socket = base::make_socket_pair();
  for (const base::Fd* const fd : {&socket.first, &socket.second}) {
    base::set_nonblocking(fd->get(), true);
  }
  live::Visit visit(std::move(socket.first), description);
  const auto turn = [&] {
    base::PollSet set;
    visit.watch(set, run);
    set.wait(0);
    set.serve();
    run.turn();
  };
  const bool greets = bytes.size() >= sizeof(wire::FrameHeader) && bytes[5] == '\1';
  const std::size_t piece = std::max<std::size_t>(1 + choice * 64U, bytes.size() / 64);
  while (!bytes.empty()) {
    const std::size_t size = std::min(piece, bytes.size());
    if (::send(socket.second.get(), bytes.data(), size, MSG_NOSIGNAL) <= 0) break;
    bytes.remove_prefix(size);
    turn();
    if ((choice & 1U) != 0) {
      char answers[4096];
      (void)!::recv(socket.second.get(), answers, sizeof answers, 0);
    }
  }
  expect(greets || run.session == nullptr, "nobody is heard who has not said hello");
  socket.second.reset();
  for (int i = 0; i < 8; ++i) turn();
  expect(run.session == nullptr || run.killed, "who has gone takes the program along");
  expect(!run.debugged(), "who has gone holds no machine");
  run.end();
  turn();
  expect(visit.finished(), "nothing is left of who has gone");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  visit(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
