#include "relay/caller.h"

#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include "wire/terminal_modes.h"

namespace quiz::relay {

namespace {

using namespace std::chrono_literals;

constexpr auto kDoubleInterrupt = 1s;

}  // namespace

Caller::Caller(base::SignalSource& signals, bool raw_input, Observer& observer,
               Conductor& conductor)
    : signals_(signals), raw_input_(raw_input), observer_(observer), conductor_(conductor) {
  termios settings = {};
  if (::tcgetattr(terminal(), &settings) == 0) {
    terminal_modes_ = wire::terminal_modes(settings);
  }
}

int Caller::terminal() const { return raw_input_ ? STDIN_FILENO : STDOUT_FILENO; }

void Caller::stand_behind(const base::FrontProcess& front) {
  front_ = &front;
  allow_detach();
}

void Caller::go_away() {
  set_raw(false);
  raw_input_ = false;
  in_background_ = false;
  away_ = true;
}

bool Caller::in_foreground() const {
  return front_ != nullptr ? front_->in_foreground() : base::in_foreground(STDIN_FILENO);
}

void Caller::handle_input(std::string_view bytes) {
  if (!raw_) return conductor_.type(bytes);
  const Keyboard::Typed typed = keyboard_.type(bytes);
  if (!typed.for_program.empty()) conductor_.type(typed.for_program);
  if (typed.interrupts > 0) conductor_.interrupt();
  if (typed.kill) conductor_.kill(SIGKILL);
  if (typed.suspend) suspend();
  if (typed.detach) conductor_.leave();
}

void Caller::handle_signals() {
  while (const auto number = signals_.next()) handle_signal(*number);
}

void Caller::handle_signal(int number) {
  switch (number) {
    case SIGWINCH:
      return tell_size();
    case SIGTSTP:
      return suspend();
    case SIGCONT:
      // Whoever stopped us may have changed the terminal, and it may be ours only now.
      if (conductor_.program_runs()) {
        set_raw(false);
        set_raw(raw_input_);
      }
      return;
    default:
      return forward(number);
  }
}

void Caller::forward(int number) {
  const bool asks_to_end = number != SIGUSR1 && number != SIGUSR2;
  if (!conductor_.takes_signals()) {
    if (asks_to_end) conductor_.kill(number);
    return;
  }
  if (number == SIGINT) {
    const auto now = Clock::now();
    if (last_interrupt_ && now - *last_interrupt_ < kDoubleInterrupt) {
      return conductor_.kill(SIGINT);
    }
    last_interrupt_ = now;
  }
  // A key reaches everything in the foreground, a signal sent to quiz the program alone.
  conductor_.signal(number, number == SIGINT || number == SIGQUIT);
}

wire::WindowSize Caller::window() const {
  if (away_) return {};
  const auto size = base::terminal_size(terminal());
  if (!size) return {24, 80};  // for a pty that was forced where there is no terminal
  return {size->rows, size->columns};
}

void Caller::tell_size() {
  if (base::terminal_size(terminal())) conductor_.resize(window());
}

void Caller::suspend() {
  set_raw(false);
  conductor_.pause();
  const auto begin = Clock::now();
  ::kill(::getpid(), SIGSTOP);  // returns when somebody sends SIGCONT
  conductor_.resume(Clock::now() - begin);
  if (conductor_.program_runs()) set_raw(raw_input_);
  tell_size();
}

void Caller::look_for_terminal() {
  if (away_) return;
  const bool was_in_background = in_background_;
  in_background_ = !in_foreground();
  if (!was_in_background || in_background_ || !conductor_.program_runs()) return;
  set_raw(raw_input_);
  tell_size();  // a SIGWINCH sent meanwhile went to others
}

void Caller::set_raw(bool raw) {
  if (raw == static_cast<bool>(raw_)) return;
  if (!raw) {
    raw_.reset();
  } else if (in_foreground()) {
    raw_ = std::make_unique<base::RawTerminal>(STDIN_FILENO);
  } else {
    return;
  }
  observer_.terminal_raw(raw);
}

}  // namespace quiz::relay
