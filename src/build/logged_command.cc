#include "build/logged_command.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "base/error.h"
#include "base/files.h"
#include "base/pipe.h"
#include "base/signals.h"

namespace quiz::build {

namespace {

constexpr int kTickMilliseconds = 500;

std::string command_line(const std::vector<std::string>& words) {
  std::string text = "+";
  for (const std::string& word : words) text += " " + word;
  return text + "\n";
}

/// Cuts a stream of bytes into lines.
class Lines {
 public:
  explicit Lines(const std::function<void(const std::string&)>& on_line) : on_line_(on_line) {}

  void add(std::string_view data) {
    if (!on_line_) return;
    rest_ += data;
    for (std::size_t end; (end = rest_.find('\n')) != std::string::npos;) {
      on_line_(rest_.substr(0, end));
      rest_.erase(0, end + 1);
    }
  }

  void finish() {
    if (on_line_ && !rest_.empty()) on_line_(rest_);
    rest_.clear();
  }

 private:
  const std::function<void(const std::string&)>& on_line_;
  std::string rest_;
};

}  // namespace

LoggedResult run_logged(const LoggedCommand& command) {
  const base::Fd log = base::open_file(command.log, O_WRONLY | O_CREAT | O_APPEND);
  base::SignalSource signals({SIGINT, SIGTERM, SIGHUP});
  base::Pipe output = base::make_pipe();
  base::SpawnOptions options = command.options;
  options.descriptors = {{1, output.write_end.get()}, {2, output.write_end.get()}};
  base::write_all(log.get(), command_line(options.arguments), command.log.string());
  base::Child child = base::Child::spawn(options);
  output.write_end.reset();

  LoggedResult result;
  Lines lines(command.on_line);
  for (;;) {
    std::array<pollfd, 2> events = {pollfd{output.read_end.get(), POLLIN, 0},
                                    pollfd{signals.fd(), POLLIN, 0}};
    if (::poll(events.data(), events.size(), kTickMilliseconds) < 0 && errno != EINTR) {
      throw base::SystemError("cannot wait for " + options.arguments.front());
    }
    if (events[1].revents != 0) {
      if (const auto signal = signals.next()) {
        child.kill(SIGKILL);
        throw base::Error("the " + command.what + " was interrupted", command.interrupted_hint,
                          128 + *signal);
      }
    }
    if (events[0].revents != 0) {
      std::array<char, 65536> buffer;
      const ssize_t count = ::read(output.read_end.get(), buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;
      const std::string_view data(buffer.data(), static_cast<std::size_t>(count));
      base::write_all(log.get(), data, command.log.string());
      result.output += data;
      lines.add(data);
    }
    if (command.on_tick) command.on_tick();
  }
  lines.finish();
  result.status = child.wait();
  return result;
}

}  // namespace quiz::build
