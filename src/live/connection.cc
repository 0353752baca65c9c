#include "live/connection.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "base/error.h"
#include "base/local_socket.h"
#include "base/printable.h"

namespace quiz::live {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kPatienceWithGuests = 60s;

base::Error gone(const std::string& name) {
  return base::Error(fmt::format("the machine {} has just ended", name),
                     "`quiz vm list` shows those that run");
}

}  // namespace

Connection::Connection(const Found& machine, std::chrono::milliseconds patience)
    : name_(machine.name),
      patience_(patience),
      socket_(base::connect_to(machine.directory, kSocket)) {
  if (!socket_) throw gone(name_);
  const auto peer = base::peer_of(socket_.get());
  if (!peer || peer->uid != ::geteuid()) {
    throw base::Error(fmt::format("the machine {} belongs to somebody else", name_),
                      "only its own user may enter it");
  }
  owner_ = peer->pid;
  link_ = relay::WireLink(socket_.get());
  link_.send(on_wire(Type::hello), 0, Hello{}.encode());
  const auto frame = receive(patience_);
  if (!frame) throw gone(name_);
  const auto hello =
      static_cast<Type>(frame->type) == Type::hello ? Hello::decode(frame->payload) : std::nullopt;
  if (hello && hello->version == kVersion) return;
  throw base::Error(
      fmt::format("the machine {} is another quiz's, which speaks version {} of the protocol and "
                  "not {}",
                  name_, hello ? std::to_string(hello->version) : "?", kVersion),
      fmt::format("use that quiz; `kill {}` ends it", owner_));
}

Description Connection::describe() {
  link_.send(on_wire(Type::describe), 0, {});
  std::string message;
  while (const auto frame = receive(patience_)) {
    if (static_cast<Type>(frame->type & ~wire::kMoreFollows) != Type::describe) continue;
    message += frame->payload;
    if (message.size() > kLargestRequest) break;
    if ((frame->type & wire::kMoreFollows) != 0) continue;
    if (auto description = Description::decode(message)) return *std::move(description);
    break;
  }
  throw gone(name_);
}

Over Connection::wait_for_end(std::optional<Stop> stop) {
  if (stop) link_.send(on_wire(Type::stop), 0, stop->encode());
  while (const auto frame = receive(std::nullopt)) {
    if (static_cast<Type>(frame->type) != Type::over) continue;
    if (auto over = Over::decode(frame->payload)) return *std::move(over);
    break;
  }
  return vanished();
}

void Connection::ask(Type type, std::string_view payload) {
  link_.send(on_wire(type), 0, payload);
  receive_answer(Type::done, patience_);
}

std::string Connection::plug(const Plug& wanted) {
  link_.send(on_wire(Type::plug), 0, wanted.encode());
  return receive_answer(Type::plug, kPatienceWithGuests);
}

void Connection::unplug(const std::string& disk) {
  link_.send(on_wire(Type::unplug), 0, disk);
  receive_answer(Type::done, kPatienceWithGuests);
}

std::string Connection::receive_answer(Type answer, std::chrono::milliseconds patience) {
  while (const auto frame = receive(patience)) {
    if (static_cast<Type>(frame->type) == answer) return std::string(frame->payload);
    if (static_cast<Type>(frame->type) == Type::refused) throw refusal(frame->payload);
  }
  throw gone(name_);
}

Stats Connection::fetch_stats() {
  link_.send(on_wire(Type::stats), 0, {});
  while (const auto frame = receive(patience_)) {
    if (static_cast<Type>(frame->type) != Type::stats) continue;
    if (auto stats = Stats::decode(frame->payload)) return *std::move(stats);
    break;
  }
  throw gone(name_);
}

void Connection::begin_debugging() {
  link_.send(on_wire(Type::debug), 0, {});
  receive_answer(Type::debug, patience_);
}

base::Error Connection::refusal(std::string_view reason) const {
  return base::Error(
      fmt::format("the machine {} refuses: {}", name_, base::printable_line(reason)));
}

std::vector<wire::Log> Connection::fetch_log() {
  link_.send(on_wire(Type::log), 0, {});
  std::vector<wire::Log> messages;
  while (const auto frame = receive(std::nullopt)) {
    const auto type = static_cast<Type>(frame->type);
    if (type == Type::done) return messages;
    auto message = type == Type::log ? wire::Log::decode(frame->payload) : std::nullopt;
    if (!message) break;
    messages.push_back(*std::move(message));
  }
  throw gone(name_);
}

Over Connection::vanished() { return {End::lost, "the quiz that owned it was killed"}; }

std::optional<wire::Frame> Connection::receive(std::optional<std::chrono::milliseconds> patience) {
  const auto end = std::chrono::steady_clock::now() + patience.value_or(0ms);
  for (;;) {
    if (const auto frame = link_.next()) return frame;
    if (link_.broken()) return std::nullopt;
    int wait = -1;
    if (patience) {
      const auto left = end - std::chrono::steady_clock::now();
      if (left <= 0ms) {
        throw base::Error(fmt::format("the machine {} does not answer", name_),
                          fmt::format("its quiz, process {}, may be suspended: `fg` in its shell, "
                                      "or `kill -CONT {}`",
                                      owner_, owner_));
      }
      wait = static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count());
    }
    pollfd polled = {socket_.get(),
                     static_cast<short>(POLLIN | (link_.wants_write() ? POLLOUT : 0)), 0};
    if (::poll(&polled, 1, wait) <= 0) continue;
    link_.flush();
    if (!link_.receive()) return std::nullopt;
  }
}

}  // namespace quiz::live
