#include "monitor.h"

#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <string>

#include "wire/codec.h"
#include "wire/messages.h"

namespace quiz::attack {

namespace {

void send_text(int socket, const std::string& text) {
  ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
}

std::string number_after(const std::string& text, const std::string& name) {
  const std::size_t at = text.find(name);
  return at == std::string::npos ? "1" : std::to_string(std::atoi(text.c_str() + at + name.size()));
}

/// One line of the monitor's. Descriptors that come with it are closed by the kernel, since nobody
/// takes them.
void obey(int monitor, const std::string& command) {
  send_text(monitor, R"({"return": {}, "id": )" + number_after(command, "\"id\":") + "}\r\n");
  if (command.find(R"("execute":"migrate")") == std::string::npos) return;
  send_text(monitor, R"({"event": "MIGRATION", "data": {"status": "completed"}})"
                     "\r\n");
}

void say_hello(int wire) {
  wire::Hello hello;
  hello.kernel_ns = 1;
  hello.release = "attack";
  hello.clocksource = "tsc";
  hello.timer_resolution_ns = 1;
  std::string frame;
  wire::append_frame(frame, wire::Type::hello, 0, hello.encode());
  send_text(wire, frame);
}

/// Calls with each line that comes, until the other side is gone or the function says that it was
/// enough.
template <typename Function>
void with_lines(int monitor, Function function) {
  std::string buffer;
  std::array<char, 4096> chunk{};
  for (;;) {
    const ssize_t count = ::recv(monitor, chunk.data(), chunk.size(), 0);
    if (count <= 0) return;
    buffer.append(chunk.data(), static_cast<std::size_t>(count));
    for (std::size_t end = 0; (end = buffer.find('\n')) != std::string::npos;) {
      if (!function(buffer.substr(0, end))) return;
      buffer.erase(0, end + 1);
    }
  }
}

void send_greeting(int monitor) {
  send_text(monitor, R"({"QMP": {"version": {"qemu": {"micro": 0, "minor": 2, "major": 7}, )"
                     R"("package": ""}, "capabilities": []}})"
                     "\r\n");
}

}  // namespace

void greet(int monitor) {
  send_greeting(monitor);
  with_lines(monitor, [&](const std::string& line) {
    obey(monitor, line);
    return false;
  });
}

void play_until_saved(int monitor, int wire) {
  send_greeting(monitor);
  say_hello(wire);
  with_lines(monitor, [&](const std::string& line) {
    obey(monitor, line);
    return true;
  });
}

}  // namespace quiz::attack
