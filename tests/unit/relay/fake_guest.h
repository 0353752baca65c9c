// The guest's end of a wire, played by a test: sends frames and looks at those of the host.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <optional>
#include <string>

#include "base/fd.h"
#include "wire/messages.h"

namespace quiz::relay::test {

struct Received {
  wire::Type type;
  std::uint16_t session;
  std::string payload;
};

class FakeGuest {
 public:
  explicit FakeGuest(base::Fd fd) : fd_(std::move(fd)) {}

  void send(wire::Type type, std::uint16_t session, std::string_view payload) {
    std::string bytes;
    wire::append_frame(bytes, type, session, payload);
    send_raw(bytes);
  }
  void send_raw(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return;  // the host has gone
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  /// What there is room for; see send(2).
  ssize_t try_to_send(std::string_view bytes) {
    return ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  /// The next frame that is there; nothing if there is none.
  std::optional<Received> look() {
    for (;;) {
      if (const auto frame = reader_.next()) {
        const auto type = static_cast<std::uint16_t>(frame->type & ~wire::kMoreFollows);
        return Received{static_cast<wire::Type>(type), frame->session, std::string(frame->payload)};
      }
      const auto space = reader_.space();
      const ssize_t count = ::recv(fd_.get(), space.data, space.size, MSG_DONTWAIT);
      if (count <= 0) return std::nullopt;
      reader_.commit(static_cast<std::size_t>(count));
    }
  }
  /// Waits for the next frame. One that never comes fails the test.
  Received receive() {
    for (;;) {
      if (auto frame = look()) return *frame;
      pollfd polled = {fd_.get(), POLLIN, 0};
      constexpr int kPatienceMs = 30'000;
      if (::poll(&polled, 1, kPatienceMs) <= 0 || (polled.revents & POLLIN) == 0) {
        ADD_FAILURE() << "the host sent nothing";
        return {};
      }
    }
  }
  /// Waits for the next frame of this type; others are passed over.
  Received receive(wire::Type type) {
    for (;;) {
      Received frame = receive();
      if (frame.type == type || testing::Test::HasFailure()) return frame;
    }
  }
  void close() { fd_.reset(); }

 private:
  base::Fd fd_;
  wire::FrameReader reader_;
};

inline std::string exited(std::uint32_t status) {
  wire::Exit exit;
  exit.value = status;
  return exit.encode();
}

}  // namespace quiz::relay::test
