// The heart of a run: one poll loop over the sessions' ends, the wire, the console, the machine,
// signals and deadlines, from the moment the machine is started until it is known how the run
// ended. It polls and dispatches; what comes next says course.h, what the caller wants caller.h,
// and the bytes of programs are moved by their sessions.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/front_process.h"
#include "base/poll_set.h"
#include "base/signals.h"
#include "machine/machine.h"
#include "machine/outcome.h"
#include "relay/boot_log.h"
#include "relay/caller.h"
#include "relay/console_log.h"
#include "relay/course.h"
#include "relay/disk_bay.h"
#include "relay/hook.h"
#include "relay/kept_output.h"
#include "relay/network_port.h"
#include "relay/observer.h"
#include "relay/output_look.h"
#include "relay/sessions.h"
#include "relay/streams.h"
#include "relay/timers.h"
#include "relay/visitors.h"
#include "relay/wire_link.h"

namespace quiz::relay {

/// How long a run waits for its guest.
struct Limits {
  /// From the relay's start until the first program runs; from the last hook until the user's does;
  /// for a shell's start.
  std::chrono::milliseconds boot{180'000};
  std::chrono::milliseconds hook{180'000};  ///< for each hook of a profile
  std::chrono::milliseconds log{10'000};    ///< for the kernel's log
  std::chrono::milliseconds sync{10'000};   ///< for the writable shares to be written
  /// For kept disks: as much as fits into the guest's memory may have to go to the host's disk.
  std::chrono::milliseconds disk_sync{60'000};
  std::chrono::milliseconds answer{2000};  ///< to a ping, after Ctrl-C
  std::chrono::milliseconds obey{5000};    ///< for the program to end after SIGTERM or SIGHUP
  /// For each part of the kernel's report when the program's time is up; and how long the console
  /// is silent when it has said what it was asked for.
  std::chrono::milliseconds report{3000};
  std::chrono::milliseconds report_silence{250};
};

/// When the machine stays once its program has ended.
enum class Keep { no, failure, always };

struct RelayPlan {
  std::string name;          ///< of the machine
  wire::Setup setup;         ///< clock and entropy are filled in when it is sent
  std::vector<Hook> before;  ///< run first, in order; one that fails is the end
  wire::Exec exec;
  bool has_program = true;  ///< otherwise the machine stays, and `exec` counts for nothing
  Keep keep = Keep::no;
  std::vector<Hook> after;                ///< run when the program has ended; failures are told
  std::optional<wire::Exec> shell_after;  ///< in a second session when the program has ended
  StreamPlan streams;
  std::chrono::milliseconds timeout{0};       ///< from the program's start; 0: none
  std::shared_ptr<base::FileLock> boot_slot;  ///< given back when the program has started
  bool awaits_debugger = false;               ///< the machine stands until one has come
  bool keeps_disks = false;                   ///< what the guest wrote to disks outlives it
  bool boot_log = false;                      ///< the kernel's whole log is wanted at the end
  Limits limits;
  bool emulated = false;  ///< no hardware virtualization: time is not what it seems
  /// Called now and then while the machine runs; may be empty.
  std::function<OutputLook()> look_at_output{};
  Visitors* visitors = nullptr;    ///< outlive the relay; may be none
  NetworkPort* network = nullptr;  ///< outlives the relay; may be none
  DiskBay* bay = nullptr;          ///< "
  /// The caller's terminal is that of this process, and can be left; outlives the relay.
  const base::FrontProcess* front = nullptr;
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

class Relay final : private Caller::Conductor, private Visited {
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
  std::vector<wire::Log> take_boot_log() { return boot_log_.take(); }
  /// Bytes of stdin that the program took, as the guest says, but no more than it was sent; nothing
  /// if that is not known.
  std::optional<std::uint64_t> stdin_consumed() const { return stdin_consumed_; }
  /// errno of the write by which output of the program was lost; 0: all was taken, or its reader
  /// went away.
  int output_error() const { return output_error_; }
  /// errno by which the program's input ended before its end; 0 if it did not.
  int input_error() const { return input_error_; }

 private:
  void poll_once();
  void watch_session(base::PollSet& watch, Session& session);
  void end(machine::Ending ending);

  // The course of the run.
  void advance();
  void proceed();
  void enter(const Step& step);
  void begin_program(std::uint16_t id, const wire::Exec& exec);
  void begin_stay();
  void end_stay();
  bool shall_stay() const;
  void end_program();
  void begin_hook();
  void end_hook();
  void begin_log();
  void end_log();
  void begin_sync();
  void press_report_key();
  const Hook& hook() const;
  machine::HookFailed failure_of_hook(const std::string& end) const;
  machine::Ending program_ending() const;

  void end_finished_sessions();

  // The wire.
  void read_wire();
  void take_log(const wire::Frame& frame);
  void serve(const wire::Frame& frame);
  void serve_session(const wire::Frame& frame);
  void greet(const wire::Frame& frame);
  void tell_hosts();
  void expect_disk(const wire::Disk& disk, DiskSettled settled);
  void settle_disk(std::string_view message);
  void garbage(const std::string& what);
  void note_start();
  void note_ready();

  // The machine and the clocks.
  void read_console(std::size_t most);
  void handle_machine();
  void drain();
  machine::Ending lost(const std::string& reason) const;
  void handle_timer(Timer timer);
  void step_timed_out();
  void look_at_report();
  void look_at_output();

  // What the caller wants (Caller::Conductor).
  bool program_runs() const override;
  bool takes_signals() const override;
  void type(std::string_view bytes) override;
  void interrupt() override;
  void signal(int number, bool whole_group) override;
  void resize(wire::WindowSize window) override;
  void pause() override;
  void resume(Clock::duration away) override;
  void kill(int signal) override;
  void leave() override;

  // What visitors want (Visited).
  RunState state() const override;
  Session* begin_session(const wire::Exec& exec, Ends ends, SessionEnded ended) override;
  void stop(bool at_once) override;
  void fetch_log(LogFetched fetched) override;
  void press(char key) override { machine_.system_request(key); }
  bool inject_nmi() override { return machine_.inject_nmi(); }
  std::vector<machine::DiskTraffic> disk_traffic() override { return machine_.disk_traffic(); }
  std::string plug(const NewDisk& wanted, DiskSettled settled) override;
  void unplug(const std::string& name, DiskSettled settled) override;
  bool set_link(const LinkState& state) override;
  void set_paused(bool paused) override;
  bool paused() const override { return paused_; }
  base::Fd begin_debugging() override;
  void end_debugging() override;
  bool debugged() const override { return debugged_; }
  bool attach(Onlooker& onlooker) override;
  void detach(Onlooker& onlooker) override;
  void fit_terminal() override;
  wire::WindowSize least_window() const;
  void type_in(std::string_view bytes) override;

  bool clocks_stand() const { return clocks_stand_since_.has_value(); }
  void stop_or_start_clocks();
  void let_go();

  machine::Machine& machine_;
  ConsoleLog& console_;
  RelayPlan plan_;
  Observer& observer_;
  WireLink link_;
  Sessions sessions_{link_};
  Caller caller_;
  Timers timers_;

  Route route_;
  Step step_;
  Session* program_ = nullptr;           // the user's program, or the shell after it
  TeeOutput* terminal_ = nullptr;        // of it, if it has one
  bool reads_terminal_ = false;          // its input, too, is that terminal
  Session* hook_session_ = nullptr;      // while a hook runs
  KeptOutput* hook_output_ = nullptr;    // "
  std::size_t report_keys_ = 0;          // pressed
  Clock::time_point report_key_time_{};  // of the last one
  std::map<std::uint16_t, SessionEnded>
      beside_;  // sessions of visitors: whom to tell of their ends

  std::deque<LogFetched> log_wanted_;  // by visitors, in the order of asking
  // What visitors have plugged or pulled, as messages of the wire, until the guest says the same.
  std::vector<std::pair<std::string, DiskSettled>> disks_expected_;
  BootLog log_for_visitor_;  // for the first of them
  bool paused_ = false;
  bool pause_wanted_ = false;  // as soon as it runs
  bool debugged_ = false;
  bool awaits_debugger_;
  std::optional<Clock::time_point> clocks_stand_since_;

  bool wire_open_ = true;
  bool console_open_ = true;
  bool machine_gone_ = false;
  bool panicked_ = false;    // the guest's kernel, whatever the console says
  bool unanswered_ = false;  // a ping has not been answered in time
  bool stopping_ = false;    // somebody has asked for the end
  std::uint64_t ping_token_ = 0;
  int obey_signal_ = 0;
  Clock::time_point console_active_;
  Clock::time_point last_words_end_;

  std::optional<machine::Ending> ending_;
  std::optional<wire::Exit> program_exit_;  // of the user's program
  std::optional<std::uint64_t> stdin_consumed_;
  int output_error_ = 0;
  int input_error_ = 0;
  Clocks clocks_;
  std::string clocksource_;
  bool boot_timed_out_ = false;
  BootLog boot_log_;
};

}  // namespace quiz::relay
