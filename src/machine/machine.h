// The seam with several implementations: a machine that has been started. It owns everything it
// consists of; its destructor kills it at once. The owner polls descriptors() and calls handle()
// when one of them is ready.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace quiz::machine {

/// Something that happened to the machine itself.
struct MachineEvent {
  enum class Kind {
    panicked,  ///< the guest's kernel says so; its end follows
    reset,     ///< the guest rebooted (the machine does not come up again)
    powered_off,
    ended,   ///< the machine's process has ended by itself
    failed,  ///< the accelerator or the machine's process reported an error
  };
  Kind kind;
  std::string detail;  ///< for a person; may be empty
};

/// Whether the machine was booted, or went on from where another one had been saved.
enum class Start { cold, warm };

class Machine {
 public:
  virtual ~Machine() = default;

  /// The wire to the guest's init: a nonblocking stream.
  virtual int wire() const = 0;
  /// The guest's console: a nonblocking stream; the kernel's log comes out of it.
  virtual int console() const = 0;
  /// Further descriptors to poll for input.
  virtual std::vector<int> descriptors() const = 0;
  /// Call when one of descriptors() is readable. Returns what is new, in order.
  virtual std::vector<MachineEvent> handle() = 0;
  /// Known once something has come over the wire.
  virtual Start start() const = 0;

  /// Stops and continues the guest's CPUs and clocks. pause() returns when they stand (or after a
  /// bounded wait).
  virtual void pause() = 0;
  virtual void resume() = 0;
  /// Asks for the guest kernel's SysRq `key` from outside: works while the guest spins.
  virtual void system_request(char key) = 0;
  /// Ends it; nothing of it runs when this returns.
  virtual void kill() = 0;
};

}  // namespace quiz::machine
