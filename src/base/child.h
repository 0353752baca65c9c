// Child processes: a passive owner of one process group, and the ways to start it. Nothing here
// runs a shell: a command is always an argument vector. Exactly one function (run_child in
// child_linux.cc) runs between fork and exec.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"

namespace quiz::base {

/// Shuts in a child before it runs its program (src/confinement does).
class ChildGuard {
 public:
  virtual ~ChildGuard() = default;

  /// For clone(2): the namespaces of its own that the child begins in.
  virtual unsigned long clone_flags() const noexcept = 0;
  /// In the child, between fork and exec: only system calls. nullptr, or what failed (errno is
  /// set), as in "cannot … qemu".
  virtual const char* confine() noexcept = 0;
  /// The same, as the very last thing before exec.
  virtual const char* seal() noexcept = 0;
  /// In the parent, until `started` is readable: the child runs its program, or could not.
  virtual void accompany(pid_t child, int started) = 0;
};

/// fork() with flags of clone(2): namespaces of its own. The C library learns nothing of it: in the
/// child only system calls are safe.
pid_t clone_process(unsigned long flags) noexcept;

/// How a process ended.
struct ExitStatus {
  bool signalled = false;
  int value = 0;  ///< the exit status, or the signal's number

  bool success() const { return !signalled && value == 0; }
  /// "exited with status 3", "was killed by signal 9 (Killed)".
  std::string describe() const;
};

/// A child's descriptors have numbers below this; what must survive until exec lies above.
inline constexpr int kFirstSafeDescriptor = 16;

struct FdMapping {
  int in_child;   ///< the number the child sees
  int in_parent;  ///< the descriptor it stands for
};

struct SpawnOptions {
  std::vector<std::string> arguments;  ///< argv; arguments[0] is looked up in PATH
  /// "NAME=VALUE"; the parent's own if absent.
  std::optional<std::vector<std::string>> environment;
  /// Everything else is closed; 0-2 default to /dev/null, stderr to ours.
  std::vector<FdMapping> descriptors;
  std::string directory;  ///< working directory, if not empty
  bool inherit_stderr = true;
  /// An open file to run in the place of arguments[0], which is only its name then; -1: none.
  int program = -1;
  /// Must outlive the call.
  ChildGuard* guard = nullptr;
};

/// Owns a child process that leads a process group of its own and dies (SIGKILL) with its parent,
/// however that ends. The destructor kills the whole group and reaps. Must be started from the main
/// thread.
class Child {
 public:
  /// Throws SystemError when the program cannot be started (the message names it).
  static Child spawn(const SpawnOptions& options);

  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  pid_t pid() const { return pid_; }
  /// Readable once the process has ended.
  int pidfd() const { return pidfd_.get(); }
  /// Sends a signal to the process group (to nobody once the end is known).
  void kill(int signal_number) const;
  /// Waits for the end (once it is known, returns it again) and kills what is left of the group.
  ExitStatus wait();
  /// The end if it has already come.
  std::optional<ExitStatus> try_wait();

 private:
  Child(pid_t pid, Fd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}
  void finish() noexcept;

  pid_t pid_ = -1;
  Fd pidfd_;
  std::optional<ExitStatus> ended_;
};

struct Captured {
  ExitStatus status;
  std::string output;  ///< stdout
  std::string errors;  ///< stderr
};

/// Runs a program to its end and returns what it printed. Throws SystemError if it cannot be
/// started.
Captured run_and_capture(SpawnOptions options);

/// run_and_capture for a program that must succeed: returns its stdout. Throws base::Error with its
/// first complaint if it does not.
std::string run_or_throw(std::vector<std::string> arguments);

/// Runs a program to its end that shares our terminal and process group, as a shell without job
/// control would: Ctrl-C is the program's. `environment` as in SpawnOptions. Throws SystemError if
/// it cannot be started.
ExitStatus run_in_foreground(std::vector<std::string> arguments,
                             const std::optional<std::vector<std::string>>& environment);

/// The path of an executable as execvp would find it, or nullopt.
std::optional<std::string> find_program(const std::string& name);

}  // namespace quiz::base
