// The side of the relay that faces the caller: stdin, keys, signals, suspension.
#include <signal.h>
#include <unistd.h>

#include <cerrno>

#include "relay/relay.h"

namespace quiz::relay {

namespace {

using namespace std::chrono_literals;

constexpr auto kPingLimit = 2s;
constexpr auto kObeyLimit = 5s;
constexpr auto kDoubleInterrupt = 1s;
/// While so much has not been taken by the machine, no more input is read.
constexpr std::size_t kLinkBacklog = std::size_t{256} * 1024;

}  // namespace

bool Relay::wants_stdin() const {
  if (!session_ || !session_->started() || session_->input_room() == 0) return false;
  if (link_.backlog() >= kLinkBacklog) return false;
  // Reading a terminal from the background would stop quiz.
  return !in_background_;
}

bool Relay::program_runs() const { return session_ && session_->started() && !session_->exit(); }

bool Relay::waits_for_terminal() const { return in_background_ && program_runs(); }

void Relay::look_for_terminal() {
  const bool was_in_background = in_background_;
  in_background_ = !base::in_foreground(STDIN_FILENO);
  if (!was_in_background || in_background_ || !program_runs()) return;
  set_raw(plan_.streams.raw_input);
  handle_signal(SIGWINCH);  // one sent meanwhile went to others
}

void Relay::read_stdin() {
  std::string bytes(session_->input_room(), '\0');
  const ssize_t count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
  // The end, or nothing that can be read: a directory.
  if (count <= 0) return session_->end_input();
  bytes.resize(static_cast<std::size_t>(count));
  if (raw_) {
    handle_typed(bytes);
  } else {
    session_->send_input(bytes);
  }
}

void Relay::handle_typed(std::string_view bytes) {
  const Keyboard::Typed typed = keyboard_.type(bytes);
  if (!typed.for_program.empty()) session_->send_input(typed.for_program);
  if (typed.interrupts > 0) interrupt_typed();
  if (typed.kill) end(machine::Killed{SIGKILL});
  if (typed.suspend) suspend();
}

void Relay::interrupt_typed() {
  if (unanswered_) return end(machine::Killed{SIGINT});
  if (timers_.is_set(Timer::ping)) return;
  wire::Writer token;
  token.u64(++ping_token_);
  link_.send(wire::Type::ping, 0, token.bytes());
  timers_.set(Timer::ping, kPingLimit);
}

void Relay::handle_signals() {
  while (const auto number = signals_.next()) handle_signal(*number);
}

void Relay::handle_signal(int number) {
  switch (number) {
    case SIGWINCH:
      if (const auto size =
              base::terminal_size(plan_.streams.raw_input ? STDIN_FILENO : STDOUT_FILENO);
          size && session_) {
        session_->resize({size->rows, size->columns});
      }
      return;
    case SIGTSTP:
      return suspend();
    case SIGCONT:
      // Whoever stopped us may have changed the terminal, and it may be ours only now.
      if (program_runs()) {
        set_raw(false);
        set_raw(plan_.streams.raw_input);
      }
      return;
    default:
      return forward_signal(number);
  }
}

void Relay::forward_signal(int number) {
  const bool asks_to_end = number != SIGUSR1 && number != SIGUSR2;
  const bool dumping = timers_.is_set(Timer::dump);
  if (!session_ || !session_->started() || dumping) {
    if (asks_to_end) end(machine::Killed{number});
    return;
  }
  if (number == SIGINT) {
    const auto now = Clock::now();
    if (last_interrupt_ && now - *last_interrupt_ < kDoubleInterrupt) {
      return end(machine::Killed{SIGINT});
    }
    last_interrupt_ = now;
  }
  // A key reaches everything in the foreground, a signal sent to quiz the program alone.
  session_->signal(number, number == SIGINT || number == SIGQUIT);
  if ((number == SIGTERM || number == SIGHUP) && !timers_.is_set(Timer::obey)) {
    obey_signal_ = number;
    timers_.set(Timer::obey, kObeyLimit);
  }
}

void Relay::suspend() {
  set_raw(false);
  machine_.pause();
  const auto begin = Clock::now();
  ::kill(::getpid(), SIGSTOP);  // returns when somebody sends SIGCONT
  timers_.shift(Clock::now() - begin);
  machine_.resume();
  if (program_runs()) set_raw(plan_.streams.raw_input);
  handle_signal(SIGWINCH);
}

void Relay::set_raw(bool raw) {
  if (raw == static_cast<bool>(raw_)) return;
  if (!raw) {
    raw_.reset();
  } else if (base::in_foreground(STDIN_FILENO)) {
    raw_ = std::make_unique<base::RawTerminal>(STDIN_FILENO);
  } else {
    return;
  }
  observer_.terminal_raw(raw);
}

}  // namespace quiz::relay
