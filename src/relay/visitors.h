// Those who come to a running machine from outside its run: `quiz vm …`, through the socket of the
// instance (src/live). The relay polls them, and gives them what they ask for by Visited: sessions
// beside the user's program, and the end of the machine.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/poll_set.h"
#include "machine/machine.h"
#include "relay/disk_bay.h"
#include "relay/ends.h"
#include "relay/network_port.h"
#include "relay/session.h"
#include "relay/tee_output.h"
#include "wire/messages.h"

namespace quiz::relay {

/// What a run is doing, for whoever looks at it from outside.
enum class RunState : std::uint8_t {
  boots = 0,  ///< until the program runs
  runs = 1,   ///< the user's program, or a shell after it
  stays = 2,  ///< there is no program, or it has ended
  ends = 3,   ///< what comes at the end: hooks, the log, what is to be written
};

/// How a session of a visitor's ended, when its output has been taken; nothing if the run was over
/// before.
using SessionEnded = std::function<void(const std::optional<wire::Exit>&)>;

using DiskSettled = std::function<void()>;

using LogFetched = std::function<void(const std::vector<wire::Log>& log)>;

/// The run, as visitors see it. The relay is one.
class Visited {
 public:
  virtual RunState state() const = 0;
  /// Starts a program beside the user's; only while the run runs() or stays. nullptr where too many
  /// run already. The session is there until `ended` has been called, which is called once.
  virtual Session* begin_session(const wire::Exec& exec, Ends ends, SessionEnded ended) = 0;
  /// Ends the run as a SIGTERM would: the program gets one, or all programs of a machine that
  /// stays, and a few seconds; what ends already is let do so. `at_once`: the machine just ends.
  virtual void stop(bool at_once) = 0;

  /// Asks the guest for its kernel's log; only while the run runs() or stays. `fetched` is called
  /// once, but not if the run is over before.
  virtual void fetch_log(LogFetched fetched) = 0;
  /// The SysRq key of the guest's kernel.
  virtual void press(char key) = 0;
  /// As machine::Machine has them.
  virtual bool inject_nmi() = 0;
  virtual std::vector<machine::DiskTraffic> disk_traffic() = 0;
  /// A disk comes or goes; only while the run runs() or stays. `settled` is called once the guest
  /// has it as /dev/NAME, or no more, but not if the run is over before. plug() returns its name.
  /// Both throw base::Error.
  virtual std::string plug(const NewDisk& wanted, DiskSettled settled) = 0;
  virtual void unplug(const std::string& name, DiskSettled settled) = 0;
  /// False: it is at no network of machines.
  virtual bool set_link(const LinkState& state) = 0;
  /// The machine and all clocks of the run stand still, or go on. One that boots comes up first.
  virtual void set_paused(bool paused) = 0;
  virtual bool paused() const = 0;

  /// Lets a debugger in: the machine stands, and all clocks of the run with it, also while the
  /// debugger lets the machine run. Returns where it is spoken with, as machine::Machine does; the
  /// end of that file is its end. None: there is nothing to look at yet. Throws base::Error.
  virtual base::Fd begin_debugging() = 0;
  /// The machine goes on, unless it is paused. Nothing happens where there is no debugger.
  virtual void end_debugging() = 0;
  virtual bool debugged() const = 0;

  // The terminal of the user's program.
  /// False where there is none. It is shown until the program has ended, or detach().
  virtual bool attach(Onlooker& onlooker) = 0;
  virtual void detach(Onlooker& onlooker) = 0;
  /// The window of an onlooker has changed: the terminal is as large as the smallest of all.
  virtual void fit_terminal() = 0;
  /// As if the caller had typed it. What the program does not take is lost.
  virtual void type_in(std::string_view bytes) = 0;

 protected:
  ~Visited() = default;
};

class Visitors {
 public:
  virtual ~Visitors() = default;
  /// Before each turn of the relay's loop: what has become possible is done, and what is waited for
  /// goes into the set. Must not block.
  virtual void watch(base::PollSet& set, Visited& visited) = 0;
};

}  // namespace quiz::relay
