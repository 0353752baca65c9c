#include "vmm/control.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace quiz::vmm {

namespace {
constexpr int kFailure = 1;
}

void Control::tell(Word word, std::string_view text) {
  Message message{};
  message.word = word;
  text.copy(message.text, sizeof message.text - 1);
  const auto* next = reinterpret_cast<const char*>(&message);
  const auto* const end = next + sizeof message;
  const std::scoped_lock lock(writing_);
  while (next != end) {
    const ssize_t count = ::write(socket_, next, static_cast<std::size_t>(end - next));
    if (count > 0) next += count;
    if (count < 0 && errno != EINTR) ::_exit(kFailure);
  }
}

void Control::give_up(std::string_view what, int error) {
  char text[sizeof Message::text];
  const int length = static_cast<int>(std::min(what.size(), sizeof text));
  if (error == 0) {
    std::snprintf(text, sizeof text, "%.*s", length, what.data());
  } else {
    std::snprintf(text, sizeof text, "%.*s: %s", length, what.data(), ::strerrordesc_np(error));
  }
  tell(Word::failed, text);
  ::_exit(kFailure);
}

std::optional<Message> Control::receive() {
  const ssize_t count = ::read(socket_, reinterpret_cast<char*>(&incoming_) + received_,
                               sizeof incoming_ - received_);
  if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) ::_exit(kFailure);
  if (count > 0) received_ += static_cast<std::size_t>(count);
  if (received_ < sizeof incoming_) return std::nullopt;
  received_ = 0;
  return incoming_;
}

}  // namespace quiz::vmm
