#include "relay/session_relay.h"

#include <algorithm>
#include <cerrno>

namespace quiz::relay {

namespace {

/// Grant credit in pieces.
constexpr std::uint32_t kCreditPiece = wire::kInitialCredit / 4;
/// Keys typed at a program that does not read are kept up to here.
constexpr std::size_t kTypeAhead = std::size_t{64} * 1024;

}  // namespace

SessionRelay::SessionRelay(std::uint16_t id, SessionDescriptors descriptors, WireLink& link)
    : id_(id), link_(link), input_open_(descriptors.in >= 0) {
  if (descriptors.out >= 0) out_.emplace(descriptors.out);
  if (descriptors.err >= 0) err_.emplace(descriptors.err);
}

void SessionRelay::start(const wire::Exec& exec) {
  link_.send(wire::Type::exec, id_, exec.encode());
}

bool SessionRelay::serve(const wire::Frame& frame) {
  if (exit_) return false;  // that was the last frame of the session
  switch (static_cast<wire::Type>(frame.type)) {
    case wire::Type::started:
      if (started_ || !wire::Started::decode(frame.payload)) return false;
      started_ = true;
      return true;
    case wire::Type::stdout_data:
      return take_output(wire::Stream::out, frame.payload);
    case wire::Type::stderr_data:
      return take_output(wire::Stream::err, frame.payload);
    case wire::Type::eof: {
      const auto end = wire::StreamEnd::decode(frame.payload);
      if (!end) return false;
      if (end->stream == wire::Stream::in) {  // the program reads no more
        input_open_ = false;
        input_.clear();
      }
      return true;
    }
    case wire::Type::credit: {
      const auto credit = wire::Credit::decode(frame.payload);
      if (!credit || credit->stream != wire::Stream::in) return false;
      input_credit_ += credit->bytes;
      flush_input();
      return true;
    }
    case wire::Type::exit: {
      auto exit = wire::Exit::decode(frame.payload);
      if (!exit) return false;
      exit_ = std::move(exit);
      input_open_ = false;
      return true;
    }
    default:
      return false;
  }
}

bool SessionRelay::take_output(wire::Stream stream, std::string_view data) {
  std::optional<Output>& target = output(stream);
  if (!target || data.size() > target->granted || !link_.is_read()) return false;
  target->granted -= data.size();
  target->stream.add(data);
  settle(stream);
  return true;
}

void SessionRelay::settle(wire::Stream stream) {
  std::optional<Output>& target = output(stream);
  target->due += target->stream.take_progress();
  if (target->stream.broken() && !target->closed_told) {
    // The program shall see what it would see without quiz: SIGPIPE.
    target->closed_told = true;
    link_.send(wire::Type::eof, id_, wire::StreamEnd{stream}.encode());
  }
  if (target->due < kCreditPiece) return;
  link_.send(wire::Type::credit, id_, wire::Credit{stream, target->due}.encode());
  target->granted += target->due;
  target->due = 0;
}

bool SessionRelay::finished() const {
  const auto done = [](const std::optional<Output>& output) {
    return !output || output->stream.empty() || output->stream.broken();
  };
  return exit_ && done(out_) && done(err_);
}

std::size_t SessionRelay::input_room() const {
  if (!input_open_ || input_ending_ || input_.size() >= kTypeAhead) return 0;
  return std::min<std::size_t>(kTypeAhead - input_.size(), wire::kMaxPayload);
}

void SessionRelay::send_input(std::string_view data) {
  input_ += data;
  flush_input();
}

void SessionRelay::flush_input() {
  while (!input_.empty() && input_credit_ > 0) {
    const auto size = std::min<std::size_t>(
        {input_.size(), static_cast<std::size_t>(input_credit_), wire::kMaxPayload});
    link_.send(wire::Type::stdin_data, id_, std::string_view(input_).substr(0, size));
    input_.erase(0, size);
    input_credit_ -= size;
    input_sent_ += size;
  }
  if (input_.empty() && input_ending_ && input_open_) {
    link_.send(wire::Type::eof, id_, wire::StreamEnd{wire::Stream::in}.encode());
    input_open_ = false;
  }
}

void SessionRelay::end_input() {
  input_ending_ = true;
  flush_input();
}

int SessionRelay::wants_write(wire::Stream stream) const {
  return output(stream) ? output(stream)->stream.wants_write() : -1;
}

void SessionRelay::write_output(wire::Stream stream) {
  output(stream)->stream.flush();
  settle(stream);
}

int SessionRelay::output_error() const {
  for (const auto* target : {&out_, &err_}) {
    if (*target && (*target)->stream.broken() && (*target)->stream.error_number() != EPIPE) {
      return (*target)->stream.error_number();
    }
  }
  return 0;
}

void SessionRelay::resize(wire::WindowSize window) {
  if (started_) link_.send(wire::Type::resize, id_, window.encode());
}

void SessionRelay::signal(int number, bool whole_group) {
  const wire::Signal message{static_cast<std::uint32_t>(number), whole_group};
  link_.send(wire::Type::signal, id_, message.encode());
}

}  // namespace quiz::relay
