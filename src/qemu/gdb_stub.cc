#include "qemu/gdb_stub.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/pipe.h"
#include "base/printable.h"

namespace quiz::qemu {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPatienceMs = 5000;
constexpr std::chrono::milliseconds kFarewell{500};

/// Reads until that has come, in time.
void wait_for(const std::string& words, int socket) {
  const auto end = Clock::now() + kFarewell;
  std::string heard;
  while (heard.find(words) == std::string::npos) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    pollfd polled = {socket, POLLIN, 0};
    if (left <= 0 || ::poll(&polled, 1, static_cast<int>(left)) <= 0) return;
    char chunk[4096];
    const ssize_t count = ::recv(socket, chunk, sizeof chunk, MSG_DONTWAIT);
    if (count <= 0) return;
    if (heard.size() > words.size()) heard.erase(0, heard.size() - words.size());
    heard.append(chunk, static_cast<std::size_t>(count));
  }
}

/// Only the monitor for people has a command for it. Returns what it says, which for a place that
/// it can have begins with "Waiting".
std::optional<std::string> serve_at(const std::string& place, Qmp& monitor) {
  return monitor.ask("human-monitor-command",
                     fmt::format(R"({{"command-line":"gdbserver {}"}})", place), kPatienceMs);
}

}  // namespace

std::string packet(std::string_view payload) {
  std::uint8_t sum = 0;
  for (const char c : payload) sum = static_cast<std::uint8_t>(sum + static_cast<std::uint8_t>(c));
  return fmt::format("${}#{:02x}", payload, sum);
}

base::Fd start_stub(Qmp& monitor) {
  constexpr char kChannel[] = R"({"id":"gdb","backend":{"type":"socket","data":{"server":false,)"
                              R"("addr":{"type":"fd","data":{"str":"gdb"}}}}})";
  base::SocketPair socket = base::make_socket_pair();
  base::set_nonblocking(socket.first.get(), true);
  const bool connected = monitor.give_descriptor(socket.second.get(), "gdb", kPatienceMs) &&
                         monitor.call("chardev-add", kChannel, kPatienceMs);
  const auto said = connected ? serve_at("chardev:gdb", monitor) : std::nullopt;
  if (said && said->starts_with("Waiting")) return std::move(socket.first);
  throw base::Error("QEMU does not let a debugger in" +
                    (said ? ": " + base::printable_line(*said) : std::string()));
}

void end_stub(Qmp& monitor) {
  serve_at("none", monitor);
  // The debugger may have been killed, with breakpoints in the machine, or have let it go. QEMU
  // does not bear to let go twice, so that another one comes and lets go, who has done nothing
  // else.
  try {
    const base::Fd socket = start_stub(monitor);
    const std::string farewell = packet("D;1");
    if (::send(socket.get(), farewell.data(), farewell.size(), MSG_NOSIGNAL) > 0) {
      wait_for(packet("OK"), socket.get());
    }
    serve_at("none", monitor);
  } catch (const base::Error&) {
    // Its end is told elsewhere.
  }
  monitor.send("cont");
}

}  // namespace quiz::qemu
