// How a run ended. What happens in a guest is a value, never an exception.
#pragma once

#include <optional>
#include <string>
#include <variant>

namespace quiz::machine {

/// The program ended by itself.
struct Exited {
  int status = 0;
};

/// A signal ended the program.
struct Signalled {
  int signal = 0;
};

/// The program could not be started: not found, not executable, no such directory …
struct NotStarted {
  int error_number = 0;
  std::string detail;  ///< what failed before execve; empty: execve itself
};

/// A profile's hook in the guest failed, so that the program was not started.
struct HookFailed {
  std::string hook;    ///< "the guest hook of the profile trace"
  std::string end;     ///< "exited with status 3"
  std::string output;  ///< what it printed, safe to show
};

/// The guest's kernel panicked.
struct GuestPanic {
  std::string reason;  ///< the text behind "Kernel panic - not syncing: "; empty: it said none
};

/// The limit of --timeout, or of the boot, passed.
struct TimedOut {};

/// The guest wrote more into the writable directory than it may.
struct OverLimit {
  std::string complaint;  ///< "what the machine put into DIR is more than 4096 MiB"
};

/// quiz was told to end the machine: the second Ctrl-C, Ctrl-] ., a SIGTERM that the program did
/// not obey.
struct Killed {
  int signal = 0;  ///< the signal that quiz reports as its reason
};

/// The machine ended, or no longer made sense, without telling how the program ended.
struct Lost {
  std::string reason;
};

using Ending = std::variant<Exited, Signalled, NotStarted, HookFailed, GuestPanic, TimedOut,
                            OverLimit, Killed, Lost>;

struct Outcome {
  Ending ending = Lost{"nothing happened"};
  /// The kernel oopsed (or found memory corrupted) while the program ran: the first line of it.
  std::optional<std::string> oops;
  /// What the guest's CPU can do, if an instruction was one too many for it while the program ran.
  std::string cpu_features;
};

}  // namespace quiz::machine
