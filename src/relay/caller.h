// The caller of quiz, as a run has to do with them: their terminal, keys, signals, and that they
// may suspend quiz and continue it in the background. Knows what a key or a signal means; what is
// to be done about it does the Conductor, which is the relay.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/front_process.h"
#include "base/signals.h"
#include "base/terminal.h"
#include "relay/keyboard.h"
#include "relay/observer.h"
#include "relay/timers.h"
#include "wire/messages.h"

namespace quiz::relay {

class Caller {
 public:
  /// What a caller may want of a run.
  class Conductor {
   public:
    /// The program has been started and has not ended.
    virtual bool program_runs() const = 0;
    /// Signals are for a program; otherwise they are for quiz itself.
    virtual bool takes_signals() const = 0;
    /// Bytes for the program's input.
    virtual void type(std::string_view bytes) = 0;
    /// Ctrl-C was among them: is the guest there at all?
    virtual void interrupt() = 0;
    virtual void signal(int number, bool whole_group) = 0;
    virtual void resize(wire::WindowSize window) = 0;
    /// The machine and all clocks stand still between these.
    virtual void pause() = 0;
    virtual void resume(Clock::duration away) = 0;
    /// The end of the machine, and by which signal.
    virtual void kill(int signal) = 0;
    /// They look no more, and all goes on. Only after allow_detach().
    virtual void leave() {}

   protected:
    ~Conductor() = default;
  };

  /// `raw_input`: what is typed goes to a terminal of the program's. All references must outlive
  /// it.
  Caller(base::SignalSource& signals, bool raw_input, Observer& observer, Conductor& conductor);

  /// To poll for input before handle_signals().
  int signals() const { return signals_.fd(); }
  void handle_signals();
  /// What was read of stdin.
  void handle_input(std::string_view bytes);

  /// The size of the terminal that the program's shall have; that of an old one where there is
  /// none, and all zero (any) where they have left it.
  wire::WindowSize window() const;
  /// How that terminal was set when the run began; none where there is no terminal.
  const std::vector<wire::TerminalMode>& terminal_modes() const { return terminal_modes_; }
  void allow_detach() { keyboard_.allow_detach(); }
  /// The terminal is that of `front`, which outlives this, and can be left.
  void stand_behind(const base::FrontProcess& front);
  /// They have left it: nothing is read from it any more, and their keys are their shell's.
  void go_away();
  bool away() const { return away_; }
  /// The program takes keys from now on.
  void take_keys() { set_raw(raw_input_); }
  /// Nobody takes keys any more: Ctrl-C is a signal again.
  void leave_keys() { set_raw(false); }

  /// Whether the terminal is the caller's now: a shell's fg tells a job that runs nothing. To be
  /// called now and then, at least while in_background().
  void look_for_terminal();
  /// Reading the terminal would stop quiz.
  bool in_background() const { return in_background_; }

 private:
  int terminal() const;
  void handle_signal(int number);
  void forward(int number);
  void tell_size();
  void suspend();
  void set_raw(bool raw);
  bool in_foreground() const;

  base::SignalSource& signals_;
  bool raw_input_;
  std::vector<wire::TerminalMode> terminal_modes_;
  Observer& observer_;
  Conductor& conductor_;
  Keyboard keyboard_;
  const base::FrontProcess* front_ = nullptr;
  bool away_ = false;
  std::unique_ptr<base::RawTerminal> raw_;
  bool in_background_ = false;  // the terminal was not ours when the program wanted it
  std::optional<Clock::time_point> last_interrupt_;
};

}  // namespace quiz::relay
