// A machine that a Monitor has started. It owns everything it consists of; its destructor kills it
// at once. The owner polls descriptors() and calls handle() when one of them is ready; both change
// from call to call, and nothing happens to the machine behind the owner's back but in handle().
//
// The wire and the console keep their descriptors and are there from the start, whether or not
// anything runs behind them yet: what is written waits. After the machine's end they give what had
// been sent, and then the end of the file (a console of pipes: nothing more).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/fd.h"
#include "machine/machine_spec.h"

namespace quiz::machine {

/// Something that happened to the machine itself.
struct MachineEvent {
  enum class Kind {
    panicked,     ///< the guest's kernel says so; its end follows
    reset,        ///< the guest rebooted, or the CPU gave up; the machine does not come up again
    powered_off,  ///< by the guest
    ended,        ///< the machine's process has ended by itself: the last event
    failed,       ///< the accelerator or the process reported an error
  };
  Kind kind;
  std::string detail;  ///< for a person; may be empty
  int status = 0;      ///< of `ended`: the process's exit status; -1: a signal ended it
};

/// What the guest has read and written of one of its disks.
struct DiskTraffic {
  std::string name;  ///< as in Disk; safe to show
  std::uint64_t read_bytes = 0;
  std::uint64_t written_bytes = 0;
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
};

/// Whether the machine was booted, or went on from where another one had been saved.
enum class Start { cold, warm };

class Machine {
 public:
  virtual ~Machine() = default;

  /// The wire to the guest's init: a nonblocking stream socket. -1 for a bare kernel.
  virtual int wire() const = 0;
  /// The guest's console, nonblocking: the kernel's log comes out of it.
  virtual int console() const = 0;
  /// What goes into the console, nonblocking; the same descriptor where it is a socket.
  virtual int console_input() const { return console(); }
  /// Further descriptors to poll for input.
  virtual std::vector<int> descriptors() const = 0;
  /// Call when one of descriptors() is readable. Returns what is new, in order. Throws base::Error
  /// when the machine cannot be made as it was asked for (a port or a file that cannot be had).
  virtual std::vector<MachineEvent> handle() = 0;
  /// Known once something has come over the wire.
  virtual Start start() const = 0;

  /// The owner's program begins: what the machine has done until now it will do the next time, too,
  /// from which it may learn. Does nothing to the guest.
  virtual void program_begins() {}
  /// Stops the guest's CPUs and clocks; returns when they stand, or after two seconds.
  virtual void pause() = 0;
  /// Lets them go on; does not wait for it. Nothing happens to a machine that is not paused.
  virtual void resume() = 0;
  /// Asks for the guest kernel's SysRq `key` from outside: works while the guest spins. Without
  /// effect where the monitor does not answer.
  virtual void system_request(char key) = 0;
  /// A nonmaskable interrupt for its CPUs. False: it has none.
  virtual bool inject_nmi() { return false; }
  /// Of all disks; nothing where that is not known.
  virtual std::vector<DiskTraffic> disk_traffic() { return {}; }
  /// Of a machine with MachineSpec::hot_plug: another disk is put in, whose file the machine opens
  /// before this returns. The guest finds it a moment later. Throws base::Error.
  virtual void plug(const Disk&) { throw base::Error(kNoSlots); }
  /// The disk of that name is gone at once, whatever the guest does with it, as one that is pulled
  /// out. Throws base::Error.
  virtual void unplug(const std::string&) { throw base::Error(kNoSlots); }
  /// A debugger comes: the CPUs stand, and the machine speaks gdb's remote protocol at this stream
  /// socket, which is nonblocking, until end_debugging(). None while there is nothing to look at
  /// yet. Throws base::Error where it cannot be had.
  virtual base::Fd begin_debugging() { return {}; }
  /// Its breakpoints are gone and the CPUs go on, wherever it has left off. Nothing happens where
  /// there is no debugger.
  virtual void end_debugging() {}
  /// It has ended because of a limit that the caller has set for its own processes (CPU time).
  virtual bool starved() { return false; }
  /// Ends it; nothing of it runs when this returns.
  virtual void kill() = 0;

 private:
  static constexpr char kNoSlots[] = "the machine has no slots for disks that come and go";
};

}  // namespace quiz::machine
