// A program in a running machine, from the side of who wants it: what a run is to its caller, this
// is, too. The streams, the terminal and the signals are those of this process; the wire leads
// through the socket of the owning quiz.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/signals.h"
#include "live/connection.h"
#include "relay/caller.h"
#include "relay/observer.h"
#include "relay/session.h"
#include "relay/streams.h"
#include "wire/messages.h"

namespace quiz::live {

/// How it ended, one of these.
struct ProgramEnd {
  std::optional<wire::Exit> exit{};  ///< by itself
  std::optional<Over> over{};        ///< the machine ended before
  std::optional<int> killed{};       ///< this process was told to end it, by such a signal
  bool timed_out = false;
  bool detached = false;
  int output_error = 0;  ///< errno by which output of it was lost, though wanted
  int input_error = 0;   ///< errno by which its input ended early
};

class RemoteProgram final : private relay::Caller::Conductor {
 public:
  /// The program's streams are those of this process. All references outlive it.
  RemoteProgram(Connection& connection, const relay::StreamPlan& streams, relay::Observer& observer,
                base::SignalSource& signals);
  /// They end at `ends`.
  RemoteProgram(Connection& connection, relay::Ends ends, bool raw_input, relay::Observer& observer,
                base::SignalSource& signals);

  /// Until it has ended and its output is taken; `timeout` 0: there is no limit. Throws base::Error
  /// where it is refused. Call once.
  ProgramEnd run(wire::Exec exec, std::chrono::milliseconds timeout);
  /// Instead: the terminal of the machine's own program, until that has ended or Ctrl-] d; `view`:
  /// nothing is typed into it. Throws base::Error where there is none.
  ProgramEnd attach(bool view);

 private:
  ProgramEnd await();
  void poll_once();
  void serve();
  bool done() const;

  bool program_runs() const override { return session_.started() && !session_.exit(); }
  bool takes_signals() const override { return session_.started() && !attached_; }
  void type(std::string_view bytes) override {
    if (!view_) session_.send_input(bytes);
  }
  void interrupt() override {}
  void signal(int number, bool whole_group) override { session_.signal(number, whole_group); }
  void resize(wire::WindowSize window) override { session_.resize(window); }
  void pause() override {}
  void resume(relay::Clock::duration away) override;
  void kill(int signal) override { end_.killed = signal; }
  void leave() override { end_.detached = true; }

  Connection& connection_;
  relay::Observer& observer_;
  relay::Session session_;
  relay::Caller caller_;
  std::optional<relay::Clock::time_point> deadline_;
  bool start_noted_ = false;
  bool attached_ = false;  // the program is not ours
  bool view_ = false;
  ProgramEnd end_;
};

}  // namespace quiz::live
