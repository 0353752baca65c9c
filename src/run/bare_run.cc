#include "run/bare_run.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/poll_set.h"
#include "base/signals.h"
#include "confinement/confinement.h"
#include "relay/console_log.h"
#include "relay/timers.h"
#include "run/acceleration.h"
#include "run/confinement_setup.h"
#include "run/host_memory.h"
#include "run/instance.h"

namespace quiz::run {

namespace {

namespace fs = std::filesystem;
using machine::MachineEvent;
using relay::Clock;

constexpr std::string_view kEndOfPanic = "---[ end Kernel panic";
constexpr std::string_view kRestart = "reboot: Restarting system";
/// FreeBSD's words for both. Behind a panic it says more, and resets the machine itself.
constexpr std::string_view kFreebsdPanic = "panic: ";
constexpr std::string_view kFreebsdRestart = "Rebooting...";
/// As much as a pipe that is ready takes without blocking.
constexpr std::size_t kChunk = 4096;

/// A kernel with a large initial file system does not belong into the runtime directory.
bool is_large(const boot::BootPlan& plan) {
  constexpr std::size_t kLarge = 64 << 20;
  std::size_t bytes = 0;
  for (const boot::Segment& segment : plan.segments) bytes += segment.bytes().size();
  return bytes > kLarge;
}

/// The socket at which others can have the monitor's own protocol. A socket that was there before
/// is replaced, as QEMU does it; anything else is not.
class ControlSocket {
 public:
  explicit ControlSocket(fs::path path) : path_(std::move(path)) {
    if (path_.empty()) return;
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    if (path_.string().size() >= sizeof address.sun_path) {
      throw base::Error("the name of a socket is too long: " + path_.string(),
                        "at most 107 bytes (--qmp)");
    }
    path_.string().copy(address.sun_path, sizeof address.sun_path - 1);
    std::error_code ignored;
    if (fs::is_socket(fs::symlink_status(path_, ignored))) fs::remove(path_, ignored);
    socket_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket_ ||
        ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw base::SystemError("cannot make the socket " + path_.string());
    }
    made_ = true;
    ::listen(socket_.get(), 1);
  }
  ~ControlSocket() {
    if (made_) ::unlink(path_.c_str());
  }
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

  int fd() const { return socket_.get(); }

 private:
  fs::path path_;
  base::Fd socket_;
  bool made_ = false;
};

/// One machine from its start to its end: a poll loop over its console and monitor, the caller's
/// streams, and signals.
class BareRun {
 public:
  BareRun(const BareRequest& request, machine::Machine& machine, base::SignalSource& signals)
      : signals_(signals),
        machine_(machine),
        log_({}, [this](const std::string& line) { take_line(line); }),
        reading_input_(request.read_input),
        freebsd_(request.plan.protocol == boot::Protocol::freebsd) {
    if (request.timeout.count() > 0) limit_ = Clock::now() + request.timeout;
  }

  BareResult run() {
    while (!ending_) {
      poll_once();
      check_deadlines();
    }
    machine_.kill();
    // What was still on its way: as much as the pipe holds.
    flush_output();
    if (read_console()) flush_output();
    const auto& panic = freebsd_ ? freebsd_panic_ : log_.panic();
    if (panic && !std::holds_alternative<machine::Killed>(*ending_)) {
      ending_ = machine::GuestPanic{*panic};
    }
    return {*ending_, last_line_};
  }
  bool said_something() const { return !last_line_.empty(); }

 private:
  void end(machine::Ending ending) {
    if (!ending_) ending_ = std::move(ending);
  }

  void take_line(const std::string& line) {
    if (!line.empty()) last_line_ = line;
    if (line.find(kEndOfPanic) != std::string::npos) end(machine::GuestPanic{});
    if (line.find(kRestart) != std::string::npos) restarting_ = true;
    if (!freebsd_) return;
    if (line.starts_with(kFreebsdPanic) && !freebsd_panic_) {
      freebsd_panic_ = line.substr(kFreebsdPanic.size());
    }
    if (line.starts_with(kFreebsdRestart)) restarting_ = true;
  }

  void poll_once() {
    base::PollSet polled;
    polled.add(signals_.fd(), POLLIN);
    // The guest waits while its output cannot be written.
    if (output_.empty()) {
      polled.add(machine_.console(), POLLIN);
    } else {
      polled.add(STDOUT_FILENO, POLLOUT, [this] { flush_output(); });
    }
    if (!input_.empty()) {
      polled.add(machine_.console_input(), POLLOUT);
    } else if (reading_input_) {
      polled.add(STDIN_FILENO, POLLIN, [this] { read_input(); });
    }
    for (const int fd : machine_.descriptors()) polled.add(fd, POLLIN);
    polled.wait(time_left());
    if (const auto signal = signals_.next()) return end(machine::Killed{*signal});
    polled.serve();
    // These do not block, and what else was done may have made them possible.
    if (output_.empty()) read_console();
    if (!input_.empty()) write_input();
    handle_events();
  }

  int time_left() const {
    std::optional<Clock::time_point> next = limit_;
    if (last_words_ && (!next || *last_words_ < *next)) next = last_words_;
    if (!next) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - Clock::now()).count();
    return static_cast<int>(std::clamp<long long>(left, 0, 3'600'000));
  }

  void check_deadlines() {
    const Clock::time_point now = Clock::now();
    if (log_.panic() && !last_words_) last_words_ = now + relay::kLastWords;
    if (log_.halted() && !last_words_) last_words_ = now + relay::kLastWords;
    if (last_words_ && now >= *last_words_) end(machine::Exited{0});
    if (limit_ && now >= *limit_) end(machine::TimedOut{});
  }

  /// True if there was something.
  bool read_console() {
    bool found = false;
    std::array<char, 65536> chunk;
    for (;;) {
      const ssize_t count = ::read(machine_.console(), chunk.data(), chunk.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno != EAGAIN)
        throw base::SystemError("cannot read the machine's console");
      if (count <= 0) break;
      const std::string_view bytes(chunk.data(), static_cast<std::size_t>(count));
      output_ += bytes;
      log_.add(bytes);
      found = true;
      if (output_.size() >= chunk.size()) break;
    }
    if (!output_.empty()) try_output();
    return found;
  }

  /// As long as stdout takes it at once.
  void try_output() {
    while (!output_.empty()) {
      pollfd entry = {STDOUT_FILENO, POLLOUT, 0};
      if (::poll(&entry, 1, 0) != 1) return;
      write_some();
    }
  }

  /// As much as one write takes; at the end all of it, unless a signal comes first: stdout's reader
  /// may take nothing.
  void flush_output() {
    if (!ending_) return write_some();
    while (!output_.empty()) {
      pollfd polled[] = {{STDOUT_FILENO, POLLOUT, 0}, {signals_.fd(), POLLIN, 0}};
      if (::poll(polled, 2, -1) < 0) continue;
      if (const auto signal = signals_.next()) {
        ending_ = machine::Killed{*signal};
        output_.clear();
      } else if (polled[0].revents != 0) {
        write_some();
      }
    }
  }

  void write_some() {
    const ssize_t count = ::write(STDOUT_FILENO, output_.data(), std::min(output_.size(), kChunk));
    if (count > 0) {
      output_.erase(0, static_cast<std::size_t>(count));
      return;
    }
    if (count < 0 && errno == EINTR) return;
    if (count < 0 && errno == EAGAIN) {
      pollfd entry = {STDOUT_FILENO, POLLOUT, 0};
      ::poll(&entry, 1, -1);
      return;
    }
    const int problem = errno;
    output_.clear();
    if (problem == EPIPE) return end(machine::Killed{SIGPIPE});
    throw base::SystemError("cannot write to stdout", problem);
  }

  void read_input() {
    std::array<char, kChunk> chunk;
    const ssize_t count = ::read(STDIN_FILENO, chunk.data(), chunk.size());
    if (count > 0) {
      input_.assign(chunk.data(), static_cast<std::size_t>(count));
    } else if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
      reading_input_ = false;
    }
  }

  void write_input() {
    const ssize_t count = ::write(machine_.console_input(), input_.data(), input_.size());
    if (count > 0) input_.erase(0, static_cast<std::size_t>(count));
  }

  void handle_events() {
    bool reset = false;
    bool powered_off = false;
    for (const MachineEvent& event : machine_.handle()) {
      switch (event.kind) {
        case MachineEvent::Kind::panicked:
          end(machine::GuestPanic{});
          break;
        case MachineEvent::Kind::reset:
          reset = true;
          break;
        case MachineEvent::Kind::powered_off:
          powered_off = true;
          break;
        case MachineEvent::Kind::failed:
          end(machine::Lost{event.detail});
          break;
        case MachineEvent::Kind::ended:
          read_console();
          end(ending_of(event, reset, powered_off));
          break;
      }
      reset_ = reset_ || reset;
      powered_off_ = powered_off_ || powered_off;
    }
  }

  machine::Ending ending_of(const MachineEvent& event, bool reset, bool powered_off) const {
    if (event.status < 0) return machine::Lost{event.detail};
    if (event.status > 0) return machine::Exited{event.status};
    if (powered_off || powered_off_ || restarting_) return machine::Exited{0};
    if (reset || reset_) {
      return machine::Lost{"it reset itself (a triple fault, or the kernel rebooted)"};
    }
    return machine::Exited{0};
  }

  base::SignalSource& signals_;
  machine::Machine& machine_;
  relay::ConsoleLog log_;
  bool reading_input_;
  bool freebsd_;
  std::optional<std::string> freebsd_panic_;
  std::string output_;  // for stdout
  std::string input_;   // for the console
  std::string last_line_;
  bool restarting_ = false;
  bool reset_ = false;
  bool powered_off_ = false;
  std::optional<machine::Ending> ending_;
  std::optional<Clock::time_point> limit_;
  std::optional<Clock::time_point> last_words_;
};

}  // namespace

BareResult run_bare(const BareRequest& request, const base::Paths& paths,
                    const machine::Monitor& monitor, base::Reporter& reporter) {
  check_host_memory(request.plan.platform.memory >> 20);
  AcceleratorDecision decision =
      choose_accelerator(request.accelerator, base::host_architecture(), monitor, paths);
  base::SignalSource signals({SIGINT, SIGTERM, SIGHUP, SIGQUIT});
  const Instance instance(paths.runtime);
  const ControlSocket control_socket(request.monitor_socket);
  sweep_elsewhere(paths);
  const std::unique_ptr<OwnDirectory> large =
      is_large(request.plan) ? make_large_files(paths) : nullptr;
  const fs::path directory = large ? large->path() : instance.path();
  const confinement::Confinement confinement(
      confinement_request(request, monitor, instance, directory));
  tell_weaknesses(confinement, request.strict, reporter);
  machine::MachineSpec spec;
  spec.plan = &request.plan;
  for (;;) {
    reporter.detail(describe(decision));
    spec.accelerator = decision.accelerator;
    const std::unique_ptr<machine::Machine> machine = monitor.start(
        spec, {confinement, reporter, machine::Saved::none, directory, control_socket.fd()});
    BareRun run(request, *machine, signals);
    BareResult result = run.run();
    const auto* const lost = std::get_if<machine::Lost>(&result.ending);
    const bool again = lost != nullptr && !run.said_something() &&
                       may_be_emulated(request.accelerator, monitor, decision.accelerator);
    if (!again) return result;
    reporter.warning(emulated_instead(lost->reason));
    decision.accelerator = machine::Accelerator::tcg;
  }
}

}  // namespace quiz::run
