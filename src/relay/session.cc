#include "relay/session.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace quiz::relay {

namespace {

/// Grant credit in pieces.
constexpr std::uint32_t kCreditPiece = wire::kInitialCredit / 4;
/// Keys typed at a program that does not read are kept up to here.
constexpr std::size_t kTypeAhead = std::size_t{64} * 1024;

}  // namespace

Session::Session(std::uint16_t id, Ends ends, WireLink& link)
    : id_(id),
      link_(link),
      owned_(std::move(ends.owned)),
      in_(ends.in),
      input_open_(ends.in >= 0 || ends.fed),
      out_{std::move(ends.out)},
      err_{std::move(ends.err)} {}

void Session::start(const wire::Exec& exec) {
  input_asked_ = exec.streams[0] == wire::StreamKind::asked;
  if (input_asked_) input_credit_ = 0;
  link_.send(wire::Type::exec, id_, exec.encode());
}

bool Session::serve(const wire::Frame& frame) {
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

bool Session::take_output(wire::Stream stream, std::string_view data) {
  Output& target = output(stream);
  if (!target.sink || data.size() > target.granted) return false;
  target.granted -= data.size();
  target.sink->add(data);
  settle(stream);
  return true;
}

void Session::settle(wire::Stream stream) {
  Output& target = output(stream);
  if (!target.sink) return;
  target.due += target.sink->take_progress();
  if (target.sink->broken() && !target.closed_told) {
    // The program shall see what it would see without quiz: SIGPIPE.
    target.closed_told = true;
    link_.send(wire::Type::eof, id_, wire::StreamEnd{stream}.encode());
  }
  if (target.due < kCreditPiece || !link_.takes_credit()) return;
  link_.send(wire::Type::credit, id_, wire::Credit{stream, target.due}.encode());
  target.granted += target.due;
  target.due = 0;
}

void Session::catch_up() {
  flush_input();
  // Of a program that has ended nobody waits for credit.
  if (exit_) return;
  for (const wire::Stream stream : {wire::Stream::out, wire::Stream::err}) settle(stream);
}

bool Session::finished() const {
  const auto done = [](const Output& output) {
    return !output.sink || output.sink->empty() || output.sink->broken();
  };
  return exit_ && done(out_) && done(err_);
}

int Session::wants_read() const {
  return started_ && input_room() > 0 && link_.takes_input() ? in_ : -1;
}

std::string Session::read_input() {
  // Others may have filled the link since wants_read() was asked.
  if (wants_read() < 0) return {};
  std::string bytes(input_room(), '\0');
  const ssize_t count = ::read(in_, bytes.data(), bytes.size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return {};
  if (count < 0) input_error_ = errno;
  if (count <= 0) end_input();
  bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  return bytes;
}

std::size_t Session::input_room() const {
  if (!input_open_ || input_ending_ || input_.size() >= kTypeAhead) return 0;
  const auto room = std::min<std::size_t>(kTypeAhead - input_.size(), wire::kMaxPayload);
  return input_asked_ ? std::min<std::uint64_t>(room, input_credit_) : room;
}

void Session::send_input(std::string_view data) {
  input_ += data;
  flush_input();
}

void Session::flush_input() {
  while (!input_.empty() && input_credit_ > 0 && link_.takes_input()) {
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

void Session::end_input() {
  input_ending_ = true;
  flush_input();
}

int Session::wants_write(wire::Stream stream) const {
  return output(stream).sink ? output(stream).sink->wants_write() : -1;
}

void Session::write_output(wire::Stream stream) {
  if (!output(stream).sink) return;
  output(stream).sink->flush();
  settle(stream);
}

int Session::output_error() const {
  for (const Output* target : {&out_, &err_}) {
    const Sink* const sink = target->sink.get();
    if (sink != nullptr && sink->broken() && sink->error_number() != EPIPE) {
      return sink->error_number();
    }
  }
  return 0;
}

void Session::resize(wire::WindowSize window) {
  if (started_) link_.send(wire::Type::resize, id_, window.encode());
}

void Session::signal(int number, bool whole_group) {
  const wire::Signal message{static_cast<std::uint32_t>(number), whole_group};
  link_.send(wire::Type::signal, id_, message.encode());
}

}  // namespace quiz::relay
