#include "relay/hook_session.h"

#include <cstring>

namespace quiz::relay {

namespace {

constexpr std::size_t kKept = 16384;
constexpr std::uint32_t kCreditPiece = wire::kInitialCredit / 4;

}  // namespace

HookSession::HookSession(std::uint16_t id, const Hook& hook, WireLink& link)
    : id_(id), name_(hook.name), link_(link) {
  link_.send(wire::Type::exec, id_, hook.exec.encode());
}

bool HookSession::serve(const wire::Frame& frame) {
  if (exit_) return false;
  switch (static_cast<wire::Type>(frame.type)) {
    case wire::Type::started:
      return wire::Started::decode(frame.payload).has_value();
    case wire::Type::stdout_data:
      return take_output(frame.payload);
    case wire::Type::eof:
      return wire::StreamEnd::decode(frame.payload).has_value();
    case wire::Type::exit:
      exit_ = wire::Exit::decode(frame.payload);
      return exit_.has_value();
    default:
      return false;
  }
}

bool HookSession::take_output(std::string_view data) {
  if (data.size() > granted_ || !link_.is_read()) return false;
  granted_ -= data.size();
  due_ += static_cast<std::uint32_t>(data.size());
  output_ += data;
  if (output_.size() > kKept) output_.erase(0, output_.size() - kKept);
  if (due_ < kCreditPiece) return true;
  link_.send(wire::Type::credit, id_, wire::Credit{wire::Stream::out, due_}.encode());
  granted_ += due_;
  due_ = 0;
  return true;
}

bool HookSession::success() const {
  return exit_ && exit_->ending == wire::Ending::exited && exit_->value == 0;
}

std::string HookSession::describe_end() const {
  if (!exit_) return "did not end";
  const std::string reason = std::strerror(static_cast<int>(exit_->value));
  switch (exit_->ending) {
    case wire::Ending::exited:
      return "exited with status " + std::to_string(exit_->value & 0xff);
    case wire::Ending::signalled:
      return "was killed by signal " + std::to_string(exit_->value & 0x7f);
    case wire::Ending::cannot_execute:
      return "cannot be run: " + reason;
    case wire::Ending::cannot_prepare:
      break;
  }
  return "cannot be run: cannot " + exit_->detail + ": " + reason;
}

}  // namespace quiz::relay
