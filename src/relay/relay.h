// The heart of a run: one poll loop over the caller's streams, the wire, the console, the machine,
// signals and deadlines, from the moment the machine is started until it is known how the run
// ended.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/signals.h"
#include "base/terminal.h"
#include "machine/machine.h"
#include "machine/outcome.h"
#include "relay/console_log.h"
#include "relay/hook_session.h"
#include "relay/keyboard.h"
#include "relay/output_look.h"
#include "relay/session_relay.h"
#include "relay/streams.h"
#include "relay/timers.h"
#include "relay/wire_link.h"

namespace quiz::relay {

/// What src/cli learns while a run goes on; it decides what to show.
class Observer {
 public:
  virtual ~Observer() = default;
  /// A line of the guest's console, from the first one of its kernel on.
  virtual void console_line(const std::string& line) = 0;
  /// A kernel message after the program's start; level as in <linux/kern_levels.h>.
  virtual void kernel_message(int level, const std::string& text) = 0;
  /// Something to say to the user at once, whatever is on the terminal.
  virtual void notice(const std::string& text) = 0;
  virtual void program_started() = 0;
  /// The caller's terminal is raw, or is so no more.
  virtual void terminal_raw(bool raw) = 0;
};

struct RelayPlan {
  wire::Setup setup;         ///< clock and entropy are filled in when it is sent
  std::vector<Hook> before;  ///< run first, in order; one that fails is the end
  wire::Exec exec;
  std::vector<Hook> after;                ///< run when the program has ended; failures are told
  std::optional<wire::Exec> shell_after;  ///< in a second session when the program has ended
  StreamPlan streams;
  std::chrono::milliseconds timeout{0};       ///< from the program's start; 0: none
  std::shared_ptr<base::FileLock> boot_slot;  ///< given back when the program has started
  bool keeps_disks = false;                   ///< what the guest wrote to disks outlives it
  bool boot_log = false;                      ///< the kernel's whole log is wanted at the end
  /// From the relay's start until the first program runs; from the last hook until the user's does.
  std::chrono::seconds boot_limit{180};
  std::chrono::seconds hook_limit{180};  ///< for each hook of a profile
  bool emulated = false;                 ///< no hardware virtualization: time is not what it seems
  /// Called now and then while the machine runs; may be empty.
  std::function<OutputLook()> look_at_output{};
};

/// The clocks that every report names; those of what did not happen are absent.
struct Clocks {
  Clock::time_point start;                   ///< quiz was started
  std::optional<Clock::time_point> machine;  ///< the machine's process was started
  std::optional<Clock::time_point> hello;    ///< the guest's init was up
  std::optional<Clock::time_point> program;  ///< the program was started
  std::optional<Clock::time_point> exit;     ///< the program had ended and its output was taken
  std::optional<Clock::time_point> end;      ///< the outcome was known
  std::optional<std::uint64_t> kernel_ns;    ///< the guest's own clock at hello
};

class Relay {
 public:
  /// Takes over the signals that a run handles. Before anything is made that must not be left
  /// behind.
  static base::SignalSource take_signals();

  /// All references must outlive the relay.
  Relay(machine::Machine& machine, ConsoleLog& console, RelayPlan plan, Observer& observer,
        base::SignalSource& signals, Clock::time_point start);

  /// Until the outcome is known; the machine may still be running then. Call once.
  machine::Outcome run();

  const Clocks& clocks() const { return clocks_; }
  bool boot_timed_out() const { return boot_timed_out_; }
  const std::string& clocksource() const { return clocksource_; }
  /// With RelayPlan::boot_log: the kernel's messages, not made printable. Empty if the end came
  /// before.
  std::vector<wire::Log> take_boot_log() { return std::move(boot_log_); }
  /// Bytes of stdin that the program took, as the guest says, but no more than it was sent; nothing
  /// if that is not known.
  std::optional<std::uint64_t> stdin_consumed() const;
  /// errno of the write by which output of the program was lost; 0: all was taken, or its reader
  /// went away.
  int output_error() const { return output_error_; }

 private:
  void poll_once();
  void end(machine::Ending ending);

  // What poll finds.
  void read_wire();
  void read_console(std::size_t most);
  void read_stdin();
  void handle_machine();
  void handle_signals();
  void handle_timer(Timer timer);

  // The wire.
  void serve(const wire::Frame& frame);
  void greet(const wire::Frame& frame);
  void garbage(const std::string& what);
  void begin_hook(const Hook& hook);
  void advance_hooks();
  void begin_session(const wire::Exec& exec);
  void note_start();
  void advance();
  void finish_sessions();
  void sync();
  void keep_boot_log(const wire::Frame& frame);
  machine::Ending program_ending() const;

  // The caller.
  void handle_signal(int number);
  void handle_typed(std::string_view bytes);
  void forward_signal(int number);
  void interrupt_typed();
  void suspend();
  void set_raw(bool raw);
  bool wants_stdin() const;
  bool program_runs() const;
  bool waits_for_terminal() const;
  void look_for_terminal();

  // Endings of the machine.
  void drain();
  machine::Ending lost(const std::string& reason) const;
  void continue_dump();

  machine::Machine& machine_;
  ConsoleLog& console_;
  RelayPlan plan_;
  Observer& observer_;
  Clocks clocks_;
  std::string clocksource_;
  bool boot_timed_out_ = false;
  std::vector<wire::Log> boot_log_;
  std::size_t boot_log_bytes_ = 0;
  std::size_t boot_log_dropped_ = 0;  // messages
  base::SignalSource& signals_;
  WireLink link_;
  bool wire_open_ = true;
  bool console_open_ = true;
  bool machine_gone_ = false;
  Timers timers_;
  std::unique_ptr<HookSession> hook_;  // the one that runs
  std::size_t hooks_begun_ = 0;
  std::unique_ptr<SessionRelay> session_;
  std::optional<wire::Exit> program_exit_;  // of the first session
  std::optional<std::uint64_t> stdin_consumed_;
  int output_error_ = 0;
  bool shell_done_ = false;
  Keyboard keyboard_;
  std::unique_ptr<base::RawTerminal> raw_;
  bool in_background_ = false;  // the terminal was not ours when the program wanted it
  std::optional<Clock::time_point> last_interrupt_;
  int obey_signal_ = 0;
  bool unanswered_ = false;  // a ping has not been answered in time
  std::uint64_t ping_token_ = 0;
  std::size_t dump_step_ = 0;
  Clock::time_point dump_step_began_;
  Clock::time_point console_active_;
  Clock::time_point last_words_end_;
  std::optional<machine::Ending> ending_;
};

}  // namespace quiz::relay
