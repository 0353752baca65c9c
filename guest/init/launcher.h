// When another program is the machine's PID 1 (tini, systemd), programs must be its children. Then
// our process becomes two: the one with the wire (the agent), and a launcher that the other init
// starts and that starts programs on the agent's behalf. They speak over a socket in /run.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/fd.h"
#include "launch.h"
#include "wire/messages.h"

namespace quiz::init {

/// The copy of this program that the other init starts, and the word that makes it a launcher.
inline constexpr char kLauncherProgram[] = "/run/quiz/launcher";
inline constexpr char kLauncherWord[] = "launch";

/// main() of the launcher; lives as long as the machine, because who is PID 1 may end with it.
[[noreturn]] void run_launcher();

/// The agent's side.
class Launcher {
 public:
  /// Places the launcher's program and listens for it. Switches the machine off with a reason when
  /// that fails.
  Launcher();

  /// To poll for input: until ready() for the launcher that comes, afterwards for programs' ends.
  int fd() const { return ready() ? connection_.get() : listener_.get(); }
  bool ready() const { return static_cast<bool>(connection_); }
  /// Call when fd() is readable and not ready().
  void accept();

  /// Call when ready(). As init::launch().
  Launched launch(const wire::Exec& exec);

  struct End {
    pid_t pid;
    int raw;  ///< waitpid's status
  };
  /// A program that has ended, if there is one.
  std::optional<End> next_end();

 private:
  base::Fd listener_;
  base::Fd connection_;
  std::string ends_;  ///< that came while an answer was awaited
};

}  // namespace quiz::init
