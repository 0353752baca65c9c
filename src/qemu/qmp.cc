#include "qemu/qmp.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/json.h"

namespace quiz::qemu {

namespace {

using Clock = std::chrono::steady_clock;

// QEMU's answers to our few commands have some hundred bytes each. One that says more than this has
// been taken over.
constexpr std::size_t kLongestLine = std::size_t{64} << 10;
constexpr std::size_t kMostEvents = 1000;
/// Read at once; then the caller's other duties and its deadline come first.
constexpr std::size_t kMostRead = std::size_t{64} << 10;

/// False once the deadline has passed.
bool wait_for_input(int fd, Clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return false;
    pollfd polled = {fd, POLLIN, 0};
    const int count = ::poll(&polled, 1, static_cast<int>(left.count()));
    if (count > 0) return true;
    if (count < 0 && errno != EINTR) return false;
  }
}

}  // namespace

Qmp::Qmp(base::Fd socket) : socket_(std::move(socket)) {
  base::set_nonblocking(socket_.get(), true);
  send("qmp_capabilities");
}

std::string Qmp::message(const std::string& command, const std::string& arguments) {
  std::string text = fmt::format(R"({{"id":{},"execute":"{}")", ++last_id_, command);
  if (!arguments.empty()) text += ",\"arguments\":" + arguments;
  return text + "}\n";
}

void Qmp::send(const std::string& command, const std::string& arguments) {
  const std::string text = message(command, arguments);
  // Commands are a few bytes; if the socket does not take them QEMU is beyond help, which its pidfd
  // or a time-out tells.
  (void)!::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
}

bool Qmp::call_with(int fd, const std::string& command, const std::string& arguments,
                    int timeout_ms) {
  std::string text = message(command, arguments);
  iovec content = {text.data(), text.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof fd)> control{};
  msghdr header = {};
  header.msg_iov = &content;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  cmsghdr* const rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof fd);
  std::memcpy(CMSG_DATA(rights), &fd, sizeof fd);
  if (::sendmsg(socket_.get(), &header, MSG_NOSIGNAL) < 0) return false;
  return wait_for_answer(last_id_, timeout_ms);
}

bool Qmp::give_descriptor(int fd, const std::string& name, int timeout_ms) {
  return call_with(fd, "getfd", fmt::format(R"({{"fdname":"{}"}})", name), timeout_ms);
}

std::optional<QmpEvent> Qmp::wait_for(const std::function<bool(const QmpEvent&)>& wanted,
                                      int timeout_ms) {
  const auto deadline = Clock::now() + std::chrono::milliseconds(timeout_ms);
  for (;;) {
    if (const auto found = std::find_if(events_.begin(), events_.end(), wanted);
        found != events_.end()) {
      QmpEvent event = std::move(*found);
      events_.erase(found);
      return event;
    }
    if (!wait_for_input(socket_.get(), deadline) || !receive()) return std::nullopt;
  }
}

bool Qmp::call(const std::string& command, const std::string& arguments, int timeout_ms) {
  send(command, arguments);
  return wait_for_answer(last_id_, timeout_ms);
}

std::optional<std::string> Qmp::ask(const std::string& command, const std::string& arguments,
                                    int timeout_ms) {
  if (!call(command, arguments, timeout_ms)) return std::nullopt;
  return std::exchange(answered_text_, std::nullopt);
}

bool Qmp::wait_for_answer(std::uint64_t id, int timeout_ms) {
  const auto deadline = Clock::now() + std::chrono::milliseconds(timeout_ms);
  while (answered_id_ != id) {
    if (!wait_for_input(socket_.get(), deadline) || !receive()) return false;
  }
  return answered_well_;
}

bool Qmp::receive() {
  for (std::size_t read = 0; read < kMostRead && !broken_;) {
    char chunk[4096];
    const ssize_t count = ::recv(socket_.get(), chunk, sizeof chunk, MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN;
    if (count == 0) return false;
    read += static_cast<std::size_t>(count);
    take({chunk, static_cast<std::size_t>(count)});
  }
  return !broken_;
}

void Qmp::take(std::string_view bytes) {
  while (!bytes.empty() && !broken_) {
    const std::size_t end = bytes.find('\n');
    line_ += bytes.substr(0, end);
    bytes.remove_prefix(std::min(end, bytes.size()));
    if (end != std::string_view::npos) {
      bytes.remove_prefix(1);
      parse_line(std::exchange(line_, {}));
    }
    broken_ = line_.size() > kLongestLine || events_.size() > kMostEvents;
  }
}

void Qmp::parse_line(const std::string& line) {
  const auto message = base::Json::try_parse(line);
  if (!message) return;
  greeted_ = greeted_ || message->find("QMP") != nullptr;
  if (const base::Json* event = message->find("event"); event != nullptr && event->is_text()) {
    QmpEvent parsed{event->text(), {}, {}};
    if (const base::Json* data = message->find("data")) {
      const auto text = [&](const char* name) {
        const base::Json* const field = data->find(name);
        return field != nullptr && field->is_text() ? field->text() : std::string();
      };
      parsed.reason = text("reason");
      parsed.status = text("status");
    }
    events_.push_back(std::move(parsed));
    return;
  }
  if (const base::Json* id = message->find("id"); id != nullptr && id->is_number()) {
    answered_id_ = id->number();
    const base::Json* const answer = message->find("return");
    answered_well_ = answer != nullptr;
    answered_text_.reset();
    if (answer != nullptr && answer->is_text()) answered_text_ = answer->text();
  }
}

std::vector<QmpEvent> Qmp::take_events() { return std::exchange(events_, {}); }

}  // namespace quiz::qemu
