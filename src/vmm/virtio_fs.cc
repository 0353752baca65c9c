#include "vmm/virtio_fs.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace quiz::vmm {

namespace {
constexpr std::uint32_t kKind = 26;
}  // namespace

VirtioFs::VirtioFs(int server, const char (&tag)[kTagSize], Connections to)
    : VirtioDevice(kKind, 0, kQueues, std::move(to)), server_(server) {
  std::memcpy(tag_, tag, sizeof tag_);
  for (auto& pending : pending_) pending.reset(new Pending);
  reset();
}

std::uint8_t VirtioFs::configuration(std::size_t offset) const {
  if (offset < kTagSize) return static_cast<std::uint8_t>(tag_[offset]);
  return offset == kTagSize ? 1 : 0;  // queues for requests
}

void VirtioFs::reset() {
  for (auto& pending : pending_) pending->waits.fill(false);
  blocked_ = false;
  ++generation_;  // what the server still answers is nobody's
}

pollfd VirtioFs::interest() {
  const std::scoped_lock guard(lock());
  // What comes for a driver that is not ready would wake us again and again.
  if (closed_ || !ready()) return {-1, 0, 0};
  return {server_, static_cast<short>(POLLIN | (blocked_ ? POLLOUT : 0)), 0};
}

void VirtioFs::serve_queues() {
  int left = kMostAtOnce;
  while (left > 0 && take_answer()) --left;
  while (left > 0 && send_next()) --left;
  if (left == 0) serve_again();
}

/// False: there is nothing to send, or no room.
bool VirtioFs::send_next() {
  if (closed_) return false;
  if (blocked_) {
    if (!send(held_queue_, pending_[held_queue_]->chains[held_])) return false;
    blocked_ = false;
    return true;
  }
  for (std::size_t number = 0; number < kQueues; ++number) {
    Chain chain;
    if (!queue(number).pop(chain)) continue;
    Pending& pending = *pending_[number];
    // The head of a chain that waits for its answer, once more: that is no driver.
    if (pending.waits[chain.head]) continue;
    Chain& kept = pending.chains[chain.head];
    kept.head = chain.head;
    kept.readable = chain.readable;
    kept.writable = chain.writable;
    std::copy_n(chain.buffers.begin(), chain.readable + chain.writable, kept.buffers.begin());
    pending.waits[chain.head] = true;
    if (!send(number, kept)) {
      blocked_ = true;
      held_queue_ = number;
      held_ = kept.head;
      return false;
    }
    return true;
  }
  return false;
}

bool VirtioFs::send(std::size_t number, const Chain& chain) {
  files::Envelope envelope{};
  envelope.head = chain.head;
  envelope.queue = static_cast<std::uint16_t>(number);
  envelope.generation = generation_;
  envelope.room = static_cast<std::uint32_t>(chain.writable_size());
  std::array<iovec, kLargestQueue + 1> parts;
  parts[0] = {&envelope, sizeof envelope};
  std::copy_n(chain.inputs(), chain.readable, parts.begin() + 1);
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = chain.readable + 1;
  const ssize_t count = ::sendmsg(server_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (count >= 0) return true;
  if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS) return false;
  // Longer than any request: it is answered with nothing.
  if (errno == EMSGSIZE) {
    pending_[number]->waits[chain.head] = false;
    queue(number).push(chain.head, 0);
    tell_driver(queue(number));
    return true;
  }
  closed_ = true;
  return false;
}

bool VirtioFs::take_answer() {
  files::Envelope envelope{};
  const ssize_t there = ::recv(server_, &envelope, sizeof envelope, MSG_PEEK | MSG_DONTWAIT);
  if (there < 0) return false;
  if (there < static_cast<ssize_t>(sizeof envelope)) {
    closed_ = true;  // its end, or it has been taken over
    return false;
  }
  const bool known = envelope.generation == generation_ && envelope.queue < kQueues &&
                     envelope.head < kLargestQueue &&
                     pending_[envelope.queue]->waits[envelope.head];
  std::array<iovec, kLargestQueue + 1> parts;
  parts[0] = {&envelope, sizeof envelope};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = 1;
  if (known) {
    const Chain& chain = pending_[envelope.queue]->chains[envelope.head];
    std::copy_n(chain.outputs(), chain.writable, parts.begin() + 1);
    message.msg_iovlen += chain.writable;
  }
  const ssize_t count = ::recvmsg(server_, &message, MSG_DONTWAIT);
  if (!known || count < static_cast<ssize_t>(sizeof envelope)) return count > 0;
  pending_[envelope.queue]->waits[envelope.head] = false;
  Virtqueue& from = queue(envelope.queue);
  const std::size_t size = static_cast<std::size_t>(count) - sizeof envelope;
  from.push(envelope.head, static_cast<std::uint32_t>(size));
  tell_driver(from);
  return true;
}

}  // namespace quiz::vmm
