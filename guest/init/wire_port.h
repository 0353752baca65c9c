// The guest's end of the wire: finds the port, reads frames, and queues frames out without ever
// blocking.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "wire/codec.h"

namespace quiz::init {

class WirePort {
 public:
  /// Opens the port that quiz.wire= on the kernel command line names: "virtio:NAME" (a
  /// virtio-serial port) or the path of a device. Waits a moment for the driver to find it.
  /// nullopt: no host is listening.
  static std::optional<WirePort> open(const std::string& kernel_command_line);
  /// Over `fd`, which does not block.
  explicit WirePort(base::Fd fd) : fd_(std::move(fd)), frame_(wire::kMaxFrame) {}

  int fd() const { return fd_.get(); }

  /// Reads what is there. False when the host has gone.
  bool receive();
  /// The next frame received; see wire::FrameReader.
  std::optional<wire::Frame> next() { return reader_.next(); }
  /// Whether something can be read, waiting that long for it.
  bool has_input_within(int milliseconds) const;
  /// Waits for frames until one is there. False when the host has gone.
  bool wait_for_frame(wire::Frame& frame);

  void send(wire::Type type, std::uint16_t session, std::string_view payload);
  /// Sends what read(2) on `source` yields, up to `limit` bytes, as one frame of data; the return
  /// value is read's.
  ssize_t send_from(int source, wire::Type type, std::uint16_t session, std::size_t limit);
  /// True while frames wait for the port to take them; then the streams should be left alone.
  bool congested() const { return sent_ < queue_.size(); }
  /// Writes what the port takes now.
  void flush();

 private:
  /// Writes what the port takes now; returns how much that was.
  std::size_t write_some(const char* data, std::size_t size);

  base::Fd fd_;
  std::vector<char> frame_;  // where send_from assembles a frame
  wire::FrameReader reader_;
  std::string queue_;
  std::size_t sent_ = 0;
};

}  // namespace quiz::init
