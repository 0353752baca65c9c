#include "wire_port.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "command_line.h"
#include "files.h"

namespace quiz::init {

namespace {

constexpr char kVirtioPrefix[] = "virtio:";

/// The device of the virtio-serial port with this name, or nothing (yet).
std::string find_virtio_port(const std::string& name) {
  const std::string ports = "/sys/class/virtio-ports";
  std::string found;
  DIR* directory = ::opendir(ports.c_str());
  if (directory == nullptr) return found;
  while (const dirent* entry = ::readdir(directory)) {
    if (entry->d_name[0] == '.') continue;
    if (read_line(ports + "/" + entry->d_name + "/name") == name) {
      found = std::string("/dev/") + entry->d_name;
      break;
    }
  }
  ::closedir(directory);
  return found;
}

}  // namespace

std::optional<WirePort> WirePort::open(const std::string& kernel_command_line) {
  const std::string wire = parameter(kernel_command_line, "quiz.wire");
  if (wire.empty()) return std::nullopt;
  const bool virtio = wire.starts_with(kVirtioPrefix);
  constexpr int kTries = 10'000;  // of half a millisecond; slow machines need a second under load
  for (int i = 0; i < kTries; ++i) {
    const std::string path =
        virtio ? find_virtio_port(wire.substr(sizeof kVirtioPrefix - 1)) : wire;
    if (!path.empty()) {
      base::Fd fd(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
      if (fd) return WirePort(std::move(fd));
    }
    const timespec pause = {0, 500'000};
    ::nanosleep(&pause, nullptr);
  }
  return std::nullopt;
}

bool WirePort::receive() {
  // Each read of a virtio port yields one buffer of a page; take several while they are there.
  for (;;) {
    const auto space = reader_.space();
    if (space.size == 0) return true;
    const ssize_t count = ::read(fd_.get(), space.data, space.size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN;
    if (count == 0) return false;
    reader_.commit(static_cast<std::size_t>(count));
    if (static_cast<std::size_t>(count) < 4096) return true;
  }
}

bool WirePort::has_input_within(int milliseconds) const {
  pollfd polled = {fd_.get(), POLLIN, 0};
  return ::poll(&polled, 1, milliseconds) > 0;
}

bool WirePort::wait_for_frame(wire::Frame& frame) {
  for (;;) {
    flush();
    if (const auto received = reader_.next()) {
      frame = *received;
      return true;
    }
    pollfd polled = {fd_.get(), POLLIN, 0};
    if (congested()) polled.events |= POLLOUT;
    if (::poll(&polled, 1, -1) < 0 && errno != EINTR) return false;
    if ((polled.revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !receive()) return false;
  }
}

void WirePort::send(wire::Type type, std::uint16_t session, std::string_view payload) {
  wire::append_frame(queue_, type, session, payload.substr(0, wire::kMaxPayload));
  flush();
}

ssize_t WirePort::send_from(int source, wire::Type type, std::uint16_t session, std::size_t limit) {
  // Read straight behind the place of the header and write from there: init copies nothing.
  wire::FrameHeader header;
  const ssize_t count =
      ::read(source, frame_.data() + sizeof header, std::min(limit, wire::kMaxPayload));
  if (count <= 0) return count;
  header.length = static_cast<std::uint32_t>(count);
  header.type = static_cast<std::uint16_t>(type);
  header.session = session;
  std::memcpy(frame_.data(), &header, sizeof header);
  const std::size_t size = sizeof header + static_cast<std::size_t>(count);
  const std::size_t written = congested() ? 0 : write_some(frame_.data(), size);
  queue_.append(frame_.data() + written, size - written);
  return count;
}

std::size_t WirePort::write_some(const char* data, std::size_t size) {
  std::size_t written = 0;
  while (written < size) {
    const ssize_t count = ::write(fd_.get(), data + written, size - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    written += static_cast<std::size_t>(count);
  }
  return written;
}

void WirePort::flush() {
  sent_ += write_some(queue_.data() + sent_, queue_.size() - sent_);
  if (congested()) return;
  queue_.clear();
  sent_ = 0;
}

}  // namespace quiz::init
