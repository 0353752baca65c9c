#include "live/visit.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <memory>
#include <utility>
#include <vector>

#include "base/error.h"

namespace quiz::live {

namespace {

/// Of the one program of a visit.
constexpr std::uint16_t kSession = 1;

constexpr std::size_t kMostWaiting = std::size_t{1} << 20;

/// Of a debugger's words, which are at most some KiB each; more stays in the socket.
constexpr std::size_t kMostForDebugger = std::size_t{64} << 10;

/// What <signal.h> has; 0 only asks whether there is somebody.
bool is_signal(std::uint32_t number) { return number > 0 && number < NSIG; }

}  // namespace

/// An output of the program that travels on to the visitor, who grants credit for it as the host
/// does to a guest: what was sent and not granted anew bounds what waits here.
class RemoteOutput final : public relay::Sink {
 public:
  RemoteOutput(Visit& visit, wire::Stream stream) : visit_(visit), stream_(stream) {}

  void add(std::string_view data) override {
    if (broken()) {
      progress_ += static_cast<std::uint32_t>(data.size());
      return;
    }
    outstanding_ += static_cast<std::uint32_t>(data.size());
    visit_.tell_start();
    visit_.send(stream_ == wire::Stream::err ? wire::Type::stderr_data : wire::Type::stdout_data,
                data);
  }
  bool broken() const override { return closed_ || visit_.gone_; }
  int error_number() const override { return broken() ? EPIPE : 0; }
  std::uint32_t take_progress() override { return std::exchange(progress_, 0); }

  /// False for more than was sent.
  bool grant(std::uint32_t bytes) {
    if (bytes > outstanding_) return false;
    outstanding_ -= bytes;
    progress_ += bytes;
    return true;
  }
  /// The visitor takes no more of it.
  void close() { closed_ = true; }

 private:
  Visit& visit_;
  wire::Stream stream_;
  std::uint32_t outstanding_ = 0;
  std::uint32_t progress_ = 0;
  bool closed_ = false;
};

Visit::Visit(base::Fd socket, const Description& description)
    : socket_(std::move(socket)), link_(socket_.get()), description_(description) {}

Visit::~Visit() = default;

bool Visit::finished() const {
  if (session_ != nullptr || log_awaited_ || disk_awaited_) return false;
  return gone_ || (done_ && !link_.wants_write());
}

void Visit::watch(base::PollSet& set, relay::Visited& visited) {
  if (!gone_) take_frames(visited);
  if (exec_ && !gone_) begin(visited);
  if (log_wanted_ && !gone_) begin_log(visited);
  if (debugger_wanted_ && !gone_) begin_debugging(visited);
  if (too_slow_ && attached_) send_away(visited);
  if (session_ != nullptr) {
    if (session_->started()) tell_start();
    if (gone_) kill_program();
    tell_input();
  }
  if (gone_) return;
  watch_debugger(set, visited);
  const bool waits = is_full() || (session_ != nullptr && session_->congested()) ||
                     for_debugger_.size() > kMostForDebugger;
  const int events = (waits ? 0 : POLLIN) | (link_.wants_write() ? POLLOUT : 0);
  set.add(socket_.get(), static_cast<short>(events), [this, &visited] {
    link_.flush();
    read(visited);
  });
}

void Visit::read(relay::Visited& visited) {
  if (!link_.receive()) return leave(visited);
  take_frames(visited);
}

/// As long as there is room for answers.
void Visit::take_frames(relay::Visited& visited) {
  while (!is_full()) {
    const auto frame = link_.next();
    if (!frame) break;
    if (!serve(*frame, visited)) return leave(visited);
  }
  if (link_.broken()) leave(visited);
}

/// It has not taken what it was told: nothing more is heard. A program's output never comes to this
/// much, because of its credit.
bool Visit::is_full() const { return link_.backlog() > kMostWaiting; }

/// False: that makes no sense.
bool Visit::serve(const wire::Frame& frame, relay::Visited& visited) {
  if (done_) return true;  // it may not know yet
  const auto type = static_cast<Type>(frame.type);
  if (type == Type::hello) return greet(frame.payload);
  if (!greeted_) return false;
  if (static_cast<wire::Type>(frame.type & ~wire::kMoreFollows) == wire::Type::exec) {
    return take_request(frame.payload, (frame.type & wire::kMoreFollows) != 0);
  }
  switch (type) {
    case Type::describe: {
      Description now = description_;
      now.state = visited.state();
      now.paused = visited.paused();
      now.debugged = visited.debugged();
      send(on_wire(Type::describe), now.encode());
      return true;
    }
    case Type::stop: {
      const auto stop = Stop::decode(frame.payload);
      if (stop) visited.stop(stop->at_once);
      return stop.has_value();
    }
    case Type::wait:
      return true;  // the end is told to everybody
    case Type::press:
      if (!is_system_request(frame.payload)) return false;
      visited.press(frame.payload[0]);
      send(on_wire(Type::done), {});
      return true;
    case Type::nmi:
      if (visited.inject_nmi()) {
        send(on_wire(Type::done), {});
      } else {
        send(on_wire(Type::refused), "its board has no NMI");
      }
      return true;
    case Type::link: {
      const auto link = Link::decode(frame.payload);
      if (!link) return false;
      if (visited.set_link(link->state)) {
        send(on_wire(Type::done), {});
      } else {
        send(on_wire(Type::refused), "it is at no LAN (-p lan:NAME)");
      }
      return true;
    }
    case Type::plug:
    case Type::unplug:
      return change_disk(type, frame.payload, visited);
    case Type::stats:
      tell_stats(visited);
      return true;
    case Type::pause:
    case Type::resume:
      if (visited.debugged()) {
        send(on_wire(Type::refused), "a debugger holds it");
        return true;
      }
      visited.set_paused(type == Type::pause);
      send(on_wire(Type::done), {});
      return true;
    case Type::log:
      if (log_wanted_ || log_awaited_) return false;
      log_wanted_ = true;
      return true;
    case Type::attach:
      return begin_attached(frame.payload, visited);
    case Type::debug:
      if (debugger_wanted_ || debugger_ || exec_ || attached_ || session_ != nullptr) return false;
      debugger_wanted_ = true;
      return true;
    case Type::debug_data:
      if (!debugger_) return false;
      for_debugger_ += frame.payload;
      write_debugger();
      return true;
    default:
      return attached_ ? serve_attached(frame, visited) : serve_program(frame);
  }
}

bool Visit::greet(std::string_view payload) {
  const auto hello = Hello::decode(payload);
  if (!hello || greeted_) return false;
  greeted_ = true;
  send(on_wire(Type::hello), Hello{}.encode());
  done_ = hello->version != kVersion;
  return true;
}

bool Visit::take_request(std::string_view part, bool more) {
  if (debugger_wanted_ || debugger_ || exec_ || attached_ || session_ != nullptr ||
      request_.size() + part.size() > kLargestRequest)
    return false;
  request_ += part;
  if (more) return true;
  exec_ = wire::Exec::decode(std::exchange(request_, {}));
  return exec_.has_value();
}

void Visit::begin(relay::Visited& visited) {
  const relay::RunState state = visited.state();
  if (state != relay::RunState::runs && state != relay::RunState::stays) return;
  const wire::Exec exec = *std::exchange(exec_, std::nullopt);
  relay::Ends ends;
  ends.fed = relay::travels(exec.streams, wire::Stream::in);
  const auto make_output = [&](wire::Stream stream) {
    return relay::travels(exec.streams, stream) ? std::make_unique<RemoteOutput>(*this, stream)
                                                : nullptr;
  };
  auto out = make_output(wire::Stream::out);
  auto err = make_output(wire::Stream::err);
  out_ = out.get();
  err_ = err.get();
  ends.out = std::move(out);
  ends.err = std::move(err);
  input_granted_ = exec.streams[0] == wire::StreamKind::asked ? 0 : wire::kInitialCredit;
  input_end_told_ = !ends.fed;
  session_ = visited.begin_session(exec, std::move(ends),
                                   [this](const std::optional<wire::Exit>& exit) { end(exit); });
  if (session_ != nullptr) return;
  out_ = err_ = nullptr;
  send(on_wire(Type::refused), "too many programs run in it already");
  done_ = true;
}

void Visit::begin_log(relay::Visited& visited) {
  const relay::RunState state = visited.state();
  if (state != relay::RunState::runs && state != relay::RunState::stays) return;
  if (link_.wants_write()) return;  // a log before this one
  log_wanted_ = false;
  log_awaited_ = true;
  visited.fetch_log([this](const std::vector<wire::Log>& log) {
    log_awaited_ = false;
    for (const wire::Log& message : log) send(on_wire(Type::log), message.encode());
    send(on_wire(Type::done), {});
  });
}

bool Visit::change_disk(Type type, std::string_view payload, relay::Visited& visited) {
  if (disk_awaited_) return false;
  const auto wanted = type == Type::plug ? Plug::decode(payload) : std::nullopt;
  if (type == Type::plug && !wanted) return false;
  const relay::RunState state = visited.state();
  try {
    if (state != relay::RunState::runs && state != relay::RunState::stays) {
      throw base::Error(state == relay::RunState::boots ? "it has not come up yet" : "it ends");
    }
    disk_awaited_ = true;  // the guest may be quick
    if (wanted) {
      const auto name = std::make_shared<std::string>();
      *name = visited.plug(wanted->disk, [this, name] {
        disk_awaited_ = false;
        send(on_wire(Type::plug), *name);
      });
    } else {
      visited.unplug(std::string(payload), [this] {
        disk_awaited_ = false;
        send(on_wire(Type::done), {});
      });
    }
  } catch (const base::Error& error) {
    disk_awaited_ = false;
    send(on_wire(Type::refused), error.what());
  }
  return true;
}

bool Visit::begin_attached(std::string_view payload, relay::Visited& visited) {
  if (debugger_wanted_ || debugger_ || attached_ || exec_ || session_ != nullptr) return false;
  attached_ = Attach::decode(payload);
  if (!attached_) return false;
  tell_start();
  if (visited.attach(*this)) return true;
  attached_.reset();
  send(on_wire(Type::refused), "it runs no program that has a terminal");
  done_ = true;
  return true;
}

bool Visit::serve_attached(const wire::Frame& frame, relay::Visited& visited) {
  switch (static_cast<wire::Type>(frame.type)) {
    case wire::Type::stdin_data: {
      if (!attached_->view) visited.type_in(frame.payload);
      const auto size = static_cast<std::uint32_t>(frame.payload.size());
      send(wire::Type::credit, wire::Credit{wire::Stream::in, size}.encode());
      return true;
    }
    case wire::Type::credit: {
      const auto credit = wire::Credit::decode(frame.payload);
      if (!credit || credit->bytes > shown_) return false;
      shown_ -= credit->bytes;
      return true;
    }
    case wire::Type::resize: {
      const auto window = wire::WindowSize::decode(frame.payload);
      if (window) attached_->window = *window;
      visited.fit_terminal();
      return window.has_value();
    }
    case wire::Type::eof:
      return true;
    default:
      return false;
  }
}

/// Who does not keep up is shown no more: the program does not wait.
void Visit::show(std::string_view printed) {
  too_slow_ = too_slow_ || shown_ + printed.size() > wire::kInitialCredit;
  if (too_slow_) return;
  shown_ += printed.size();
  send(wire::Type::stdout_data, printed);
}

void Visit::send_away(relay::Visited& visited) {
  visited.detach(*this);
  attached_.reset();
  send(on_wire(Type::refused), "more is printed than you take; attach again");
  done_ = true;
}

void Visit::ended(const wire::Exit& exit) {
  send(wire::Type::exit, exit.encode());
  attached_.reset();
  done_ = true;
}

void Visit::tell_stats(relay::Visited& visited) {
  Stats stats;
  for (const auto& disk : visited.disk_traffic()) {
    stats.disks.push_back(
        {disk.name, disk.read_bytes, disk.written_bytes, disk.reads, disk.writes});
  }
  send(on_wire(Type::stats), stats.encode());
}

void Visit::begin_debugging(relay::Visited& visited) {
  std::string refusal = visited.debugged() ? "a debugger looks at it already" : "";
  try {
    if (refusal.empty()) debugger_ = visited.begin_debugging();
  } catch (const base::Error& error) {
    refusal = error.what();
  }
  debugger_wanted_ = !debugger_ && refusal.empty();
  done_ = !refusal.empty();
  if (done_) send(on_wire(Type::refused), refusal);
  if (debugger_) send(on_wire(Type::debug), {});
}

void Visit::watch_debugger(base::PollSet& set, relay::Visited& visited) {
  if (!debugger_) return;
  const int events = (link_.takes_input() ? POLLIN : 0) | (for_debugger_.empty() ? 0 : POLLOUT);
  if (events == 0) return;
  set.add(debugger_.get(), static_cast<short>(events), [this, &visited] {
    write_debugger();
    read_debugger(visited);
  });
}

void Visit::read_debugger(relay::Visited& visited) {
  if (!debugger_ || !link_.takes_input()) return;
  char chunk[16384];
  const ssize_t count = ::recv(debugger_.get(), chunk, sizeof chunk, MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count > 0) return send(on_wire(Type::debug_data), {chunk, static_cast<std::size_t>(count)});
  debugger_.reset();
  for_debugger_.clear();
  visited.end_debugging();
  send(on_wire(Type::done), {});
  done_ = true;
}

/// What it does not take for good is told by its end.
void Visit::write_debugger() {
  if (!debugger_ || for_debugger_.empty()) return;
  const ssize_t count = ::send(debugger_.get(), for_debugger_.data(), for_debugger_.size(),
                               MSG_DONTWAIT | MSG_NOSIGNAL);
  if (count > 0) for_debugger_.erase(0, static_cast<std::size_t>(count));
}

/// The program's, or of the machine before it: then that will be told.
void Visit::end(const std::optional<wire::Exit>& exit) {
  if (exit) {
    if (session_->started()) tell_start();
    send(wire::Type::exit, exit->encode());
    done_ = true;
  }
  session_ = nullptr;
  out_ = err_ = nullptr;
}

bool Visit::serve_program(const wire::Frame& frame) {
  // Before its start there is nothing to say of it but its size, which it is started with.
  if (session_ == nullptr) return exec_.has_value();
  switch (static_cast<wire::Type>(frame.type)) {
    case wire::Type::stdin_data:
      input_taken_ += frame.payload.size();
      if (input_taken_ > input_granted_) return false;
      session_->send_input(frame.payload);
      return true;
    case wire::Type::eof: {
      const auto end = wire::StreamEnd::decode(frame.payload);
      if (!end) return false;
      if (end->stream == wire::Stream::in) {
        input_end_told_ = true;  // it knows
        session_->end_input();
      } else if (RemoteOutput* const closed = output(end->stream)) {
        closed->close();
      }
      return true;
    }
    case wire::Type::credit: {
      const auto credit = wire::Credit::decode(frame.payload);
      RemoteOutput* const granted = credit ? output(credit->stream) : nullptr;
      return granted != nullptr && granted->grant(credit->bytes);
    }
    case wire::Type::resize: {
      const auto window = wire::WindowSize::decode(frame.payload);
      if (window) session_->resize(*window);
      return window.has_value();
    }
    case wire::Type::signal: {
      const auto signal = wire::Signal::decode(frame.payload);
      if (!signal || !is_signal(signal->number)) return false;
      session_->signal(static_cast<int>(signal->number), signal->whole_group);
      return true;
    }
    default:
      return false;
  }
}

RemoteOutput* Visit::output(wire::Stream stream) const {
  if (stream == wire::Stream::in) return nullptr;
  return stream == wire::Stream::err ? err_ : out_;
}

void Visit::tell_start() {
  if (std::exchange(start_told_, true)) return;
  send(wire::Type::started, wire::Started{}.encode());
}

/// What the program takes of its input, the guest says; the visitor gets the same credit, up to
/// what may be on its way.
void Visit::tell_input() {
  if (!session_->started()) return;
  if (!session_->input_open()) {
    if (std::exchange(input_end_told_, true)) return;
    return send(wire::Type::eof, wire::StreamEnd{wire::Stream::in}.encode());
  }
  const std::uint64_t granted =
      session_->input_sent() +
      std::min<std::uint64_t>(session_->input_credit(), wire::kInitialCredit);
  if (granted <= input_granted_) return;
  const auto more = static_cast<std::uint32_t>(granted - input_granted_);
  input_granted_ = granted;
  send(wire::Type::credit, wire::Credit{wire::Stream::in, more}.encode());
}

void Visit::send(wire::Type type, std::string_view payload) {
  if (!gone_) link_.send(type, kSession, payload);
}

void Visit::leave(relay::Visited& visited) {
  gone_ = true;
  exec_.reset();
  if (attached_) visited.detach(*this);
  attached_.reset();
  if (session_ != nullptr) kill_program();
  debugger_wanted_ = false;
  if (debugger_) visited.end_debugging();
  debugger_.reset();
  socket_.reset();
}

/// And what it has in the foreground of its terminal. Before its start the guest may not know it.
void Visit::kill_program() {
  if (!session_->started() || session_->exit() || std::exchange(killed_, true)) return;
  session_->signal(SIGKILL, true);
  session_->signal(SIGKILL, false);
}

void Visit::tell_end(const Over& over) {
  log_awaited_ = disk_awaited_ = false;
  if (!greeted_ || done_) return;
  send(on_wire(Type::over), over.encode());
  done_ = true;
}

}  // namespace quiz::live
