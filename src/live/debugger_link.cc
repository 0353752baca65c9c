#include "live/debugger_link.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "base/poll_set.h"
#include "base/printable.h"

namespace quiz::live {

namespace {

/// False when nobody takes it.
bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

class DebuggerLink {
 public:
  DebuggerLink(Connection& connection, int in, int out)
      : connection_(connection), in_(in), out_(out) {}

  void run() {
    while (!ended_) {
      relay::WireLink& link = connection_.link();
      base::PollSet watch;
      const int events = POLLIN | (link.wants_write() ? POLLOUT : 0);
      watch.add(link.fd(), static_cast<short>(events), [this] { serve(); });
      if (link.takes_input()) watch.add(in_, POLLIN, [this] { read_debugger(); });
      watch.wait(-1);
      watch.serve();
    }
  }

 private:
  void read_debugger() {
    char chunk[16384];
    const ssize_t count = ::read(in_, chunk, sizeof chunk);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (count <= 0) {
      ended_ = true;
      return;
    }
    connection_.link().send(on_wire(Type::debug_data), 0, {chunk, static_cast<std::size_t>(count)});
  }

  void serve() {
    relay::WireLink& link = connection_.link();
    link.flush();
    const bool open = link.receive();
    while (const auto frame = link.next()) {
      switch (static_cast<Type>(frame->type)) {
        case Type::debug_data:
          if (!write_all(out_, frame->payload)) ended_ = true;
          break;
        case Type::done:
          ended_ = true;
          return;
        case Type::over:
          return machine_ended(Over::decode(frame->payload).value_or(Over{}));
        default:
          break;
      }
    }
    if (!open || link.broken()) machine_ended(Connection::vanished());
  }

  [[noreturn]] void machine_ended(const Over& over) const {
    throw base::Error(fmt::format("the machine {} ended: {}", connection_.name(),
                                  base::printable_line(over.reason)));
  }

  Connection& connection_;
  int in_;
  int out_;
  bool ended_ = false;
};

}  // namespace

void link_debugger(Connection& connection, int in, int out) {
  connection.begin_debugging();
  DebuggerLink(connection, in, out).run();
}

}  // namespace quiz::live
