#include "vmm/virtio_console.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "vmm/wire_port.h"

namespace quiz::vmm {

namespace {

constexpr std::uint32_t kKind = 3;
constexpr std::uint64_t kMultiport = std::uint64_t{1} << 1;
// Those of port 0, which is the other kind of console and does not exist; then the controls'.
constexpr std::size_t kToDriver = 2;
constexpr std::size_t kFromDriver = 3;
constexpr std::size_t kToGuest = 4;
constexpr std::size_t kFromGuest = 5;
constexpr std::size_t kQueues = 6;
constexpr std::uint32_t kPort = 1;
constexpr std::uint32_t kPorts = 2;
constexpr std::size_t kPortsOffset = 4;  // of the configuration

enum Event : std::uint16_t {
  kDeviceReady = 0,
  kPortAdd = 1,
  kPortReady = 3,
  kPortOpen = 6,
  kPortName = 7,
};

}  // namespace

VirtioConsole::VirtioConsole(int wire, Connections to)
    : VirtioDevice(kKind, kMultiport, kQueues, std::move(to)), wire_(wire) {}

std::uint8_t VirtioConsole::configuration(std::size_t offset) const {
  return offset == kPortsOffset ? kPorts : 0;
}

void VirtioConsole::reset() {
  answer_count_ = 0;
  opened_ = sending_ = false;
}

pollfd VirtioConsole::interest() {
  const std::scoped_lock guard(lock());
  pollfd polled = {wire_, 0, 0};
  if (ready() && opened_ && queue(kToGuest).has_some()) polled.events |= POLLIN;
  if (sending_) polled.events |= POLLOUT;
  if (closed_ || !ready() || polled.events == 0) polled.fd = -1;
  return polled;
}

void VirtioConsole::serve_queues() {
  take_control();
  send_answers();
  take_from_guest();
  send_to_guest();
  if (queue(kFromDriver).has_some() || (!sending_ && queue(kFromGuest).has_some())) serve_again();
}

void VirtioConsole::take_control() {
  Virtqueue& from = queue(kFromDriver);
  Chain chain;
  bool some = false;
  for (int i = 0; i < kMostAtOnce && answer_count_ + 2 <= answers_.size() && from.pop(chain); ++i) {
    Control message{};
    if (chain.read(&message, sizeof message) == sizeof message) handle(message);
    from.push(chain.head, 0);
    some = true;
  }
  if (some) tell_driver(from);
}

void VirtioConsole::handle(const Control& message) {
  if (message.event == kDeviceReady && message.value == 1) {
    answers_[answer_count_++] = {{kPort, kPortAdd, 1}, false};
  }
  if (message.port != kPort) return;
  if (message.event == kPortReady && message.value == 1) {
    answers_[answer_count_++] = {{kPort, kPortName, 1}, true};
    answers_[answer_count_++] = {{kPort, kPortOpen, 1}, false};
  }
  if (message.event == kPortOpen) opened_ = message.value == 1;
}

void VirtioConsole::send_answers() {
  Virtqueue& to = queue(kToDriver);
  Chain chain;
  std::size_t sent = 0;
  for (; sent < answer_count_ && to.pop(chain); ++sent) {
    const Answer& answer = answers_[sent];
    std::size_t size = chain.write(&answer.message, sizeof answer.message);
    if (answer.with_name) size += chain.write(kWirePort.data(), kWirePort.size(), size);
    to.push(chain.head, static_cast<std::uint32_t>(size));
  }
  if (sent == 0) return;
  std::copy(answers_.begin() + sent, answers_.begin() + answer_count_, answers_.begin());
  answer_count_ -= sent;
  tell_driver(to);
}

void VirtioConsole::send_to_guest() {
  Virtqueue& to = queue(kToGuest);
  bool some = false;
  Chain chain;
  for (int i = 0; i < kMostAtOnce && opened_ && !closed_ && to.has_some(); ++i) {
    // What is not there yet must not take a buffer.
    char first = 0;
    const ssize_t there = ::recv(wire_, &first, 1, MSG_PEEK | MSG_DONTWAIT);
    if (there == 0) closed_ = true;
    if (there <= 0 || !to.pop(chain)) break;
    const ssize_t count = ::readv(wire_, chain.outputs(), static_cast<int>(chain.writable));
    to.push(chain.head, count > 0 ? static_cast<std::uint32_t>(count) : 0);
    some = true;
  }
  if (some) tell_driver(to);
}

void VirtioConsole::take_from_guest() {
  Virtqueue& from = queue(kFromGuest);
  bool some = false;
  for (int chains = 0; chains < kMostAtOnce; ++chains) {
    if (!sending_) {
      if (!from.pop(outgoing_)) break;
      sending_ = true;
      sent_ = 0;
    }
    std::array<iovec, kLargestQueue> left;
    std::size_t parts = 0;
    std::size_t skip = sent_;
    for (std::size_t i = 0; i < outgoing_.readable; ++i) {
      const iovec& part = outgoing_.inputs()[i];
      if (skip >= part.iov_len) {
        skip -= part.iov_len;
        continue;
      }
      left[parts++] = {static_cast<char*>(part.iov_base) + skip, part.iov_len - skip};
      skip = 0;
    }
    msghdr message{};
    message.msg_iov = left.data();
    message.msg_iovlen = parts;
    const ssize_t count =
        parts == 0 || closed_ ? 0 : ::sendmsg(wire_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) break;
    if (count < 0) closed_ = true;
    sent_ += count > 0 ? static_cast<std::size_t>(count) : 0;
    if (!closed_ && sent_ < outgoing_.readable_size()) continue;
    from.push(outgoing_.head, 0);
    sending_ = false;
    some = true;
  }
  if (some) tell_driver(from);
}

}  // namespace quiz::vmm
