#include "live/remote_program.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/poll_set.h"
#include "base/printable.h"
#include "base/terminal.h"
#include "relay/stdin_position.h"

namespace quiz::live {

namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kSession = 1;

/// As in a run: a shell's fg tells a job nothing.
constexpr auto kTerminalLook = 200ms;

}  // namespace

RemoteProgram::RemoteProgram(Connection& connection, const relay::StreamPlan& streams,
                             relay::Observer& observer, base::SignalSource& signals)
    : RemoteProgram(connection,
                    relay::ends_at(streams.kinds, {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}),
                    streams.raw_input, observer, signals) {}

RemoteProgram::RemoteProgram(Connection& connection, relay::Ends ends, bool raw_input,
                             relay::Observer& observer, base::SignalSource& signals)
    : connection_(connection),
      observer_(observer),
      session_(kSession, std::move(ends), connection.link()),
      caller_(signals, raw_input, observer, *this) {}

ProgramEnd RemoteProgram::run(wire::Exec exec, std::chrono::milliseconds timeout) {
  const relay::StdinPosition position;
  if (timeout.count() > 0) deadline_ = relay::Clock::now() + timeout;
  exec.window = caller_.window();
  exec.terminal_modes = caller_.terminal_modes();
  session_.start(exec);
  await();
  if (const auto& exit = session_.exit()) {
    position.set(std::min(exit->stdin_consumed, session_.input_sent()));
  }
  return end_;
}

ProgramEnd RemoteProgram::attach(bool view) {
  attached_ = true;
  view_ = view;
  caller_.allow_detach();
  // Where it is shown on no terminal, any size will do.
  const bool sized = base::terminal_size(STDOUT_FILENO).has_value();
  const Attach attach{view, sized ? caller_.window() : wire::WindowSize{}};
  connection_.link().send(on_wire(Type::attach), kSession, attach.encode());
  return await();
}

ProgramEnd RemoteProgram::await() {
  while (!done()) poll_once();
  caller_.leave_keys();
  if (!end_.killed && !end_.timed_out) end_.exit = session_.exit();
  end_.output_error = session_.output_error();
  end_.input_error = session_.input_error();
  return end_;
}

/// What the program printed before the machine's end is still taken.
bool RemoteProgram::done() const {
  const bool taken =
      session_.wants_write(wire::Stream::out) < 0 && session_.wants_write(wire::Stream::err) < 0;
  return session_.finished() || (end_.over && taken) || end_.killed || end_.timed_out ||
         end_.detached;
}

void RemoteProgram::poll_once() {
  caller_.look_for_terminal();
  session_.catch_up();
  relay::WireLink& link = connection_.link();
  base::PollSet watch;
  // After exit nothing more comes but the connection's end.
  if (!session_.exit() && !end_.over) {
    const int events = POLLIN | (link.wants_write() ? POLLOUT : 0);
    watch.add(link.fd(), static_cast<short>(events), [this] { serve(); });
  }
  watch.add(caller_.signals(), POLLIN, [this] { caller_.handle_signals(); });
  if (!caller_.in_background()) {
    watch.add(session_.wants_read(), POLLIN,
              [this] { caller_.handle_input(session_.read_input()); });
  }
  for (const wire::Stream stream : {wire::Stream::out, wire::Stream::err}) {
    watch.add(session_.wants_write(stream), POLLOUT,
              [this, stream] { session_.write_output(stream); });
  }
  int wait = -1;
  const auto at_most = [&](relay::Clock::duration limit) {
    const auto rounded = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
    const int ms = static_cast<int>(std::clamp<long long>(rounded, 0, 3'600'000));
    if (wait < 0 || ms < wait) wait = ms;
  };
  if (caller_.in_background() && program_runs()) at_most(kTerminalLook);
  if (deadline_ && !session_.exit()) at_most(*deadline_ - relay::Clock::now());
  watch.wait(wait);
  watch.serve();
  if (deadline_ && !session_.exit() && relay::Clock::now() >= *deadline_) end_.timed_out = true;
}

void RemoteProgram::serve() {
  relay::WireLink& link = connection_.link();
  link.flush();
  const bool open = link.receive();
  while (const auto frame = session_.exit() ? std::nullopt : link.next()) {
    switch (static_cast<Type>(frame->type)) {
      case Type::over:
        end_.over = Over::decode(frame->payload).value_or(Over{});
        return;
      case Type::refused:
        throw base::Error(fmt::format("the machine {} refuses: {}", connection_.name(),
                                      base::printable_line(frame->payload)),
                          attached_ ? "`quiz vm exec` runs a program of your own in it"
                                    : "end some of them first");
      default:
        break;
    }
    if (!session_.serve(*frame)) {
      throw base::Error(fmt::format("the quiz of the machine {} says what makes no sense (type {})",
                                    connection_.name(), frame->type),
                        "this is a mistake in quiz");
    }
  }
  if (session_.started() && !std::exchange(start_noted_, true)) {
    observer_.program_started();
    caller_.take_keys();
  }
  if ((!open || link.broken()) && !session_.exit()) end_.over = Connection::vanished();
}

void RemoteProgram::resume(relay::Clock::duration away) {
  if (deadline_) *deadline_ += away;
}

}  // namespace quiz::live
