#include "qemu/qmp.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <nlohmann/json.hpp>

namespace quiz::qemu {

Qmp::Qmp(base::Fd socket) : socket_(std::move(socket)) {
  base::set_nonblocking(socket_.get(), true);
  send("qmp_capabilities");
}

void Qmp::send(const std::string& command, const std::string& arguments) {
  std::string message = fmt::format(R"({{"id":{},"execute":"{}")", ++last_id_, command);
  if (!arguments.empty()) message += ",\"arguments\":" + arguments;
  message += "}\n";
  // Commands are a few bytes; if the socket does not take them QEMU is beyond help, which its pidfd
  // or a time-out tells.
  (void)!::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL);
}

bool Qmp::call(const std::string& command, const std::string& arguments, int timeout_ms) {
  send(command, arguments);
  const unsigned id = last_id_;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (answered_id_ < id) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd polled = {socket_.get(), POLLIN, 0};
    if (::poll(&polled, 1, static_cast<int>(left.count())) < 0 && errno != EINTR) return false;
    if (polled.revents != 0 && !receive()) return false;
  }
  return answered_well_;
}

bool Qmp::receive() {
  for (;;) {
    char chunk[4096];
    const ssize_t count = ::recv(socket_.get(), chunk, sizeof chunk, MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN;
    if (count == 0) return false;
    buffer_.append(chunk, static_cast<std::size_t>(count));
    std::size_t end = 0;
    while ((end = buffer_.find('\n')) != std::string::npos) {
      parse_line(buffer_.substr(0, end));
      buffer_.erase(0, end + 1);
    }
  }
}

void Qmp::parse_line(const std::string& line) {
  const auto message = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!message.is_object()) return;
  if (const auto event = message.find("event"); event != message.end() && event->is_string()) {
    QmpEvent parsed{event->get<std::string>(), {}};
    if (const auto data = message.find("data"); data != message.end() && data->is_object()) {
      if (const auto reason = data->find("reason"); reason != data->end() && reason->is_string()) {
        parsed.reason = reason->get<std::string>();
      }
    }
    events_.push_back(std::move(parsed));
    return;
  }
  if (const auto id = message.find("id"); id != message.end() && id->is_number_unsigned()) {
    answered_id_ = id->get<unsigned>();
    answered_well_ = message.contains("return");
  }
}

std::vector<QmpEvent> Qmp::take_events() { return std::exchange(events_, {}); }

}  // namespace quiz::qemu
