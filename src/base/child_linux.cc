#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/child.h"
#include "base/error.h"
#include "base/pipe.h"
#include "base/program_directories.h"
#include "base/split.h"
#include "base/watched_child.h"

namespace quiz::base {

namespace {

/// What the child reports through the error pipe when it cannot exec.
struct ExecFailure {
  int error_number;
  const char* step;  // points into the same program image in parent and child
};

/// Everything the child needs, prepared before fork: after it only system calls are allowed.
struct Preparation {
  const char* program;
  int program_file;  ///< in the place of `program`; -1: none
  char* const* arguments;
  char* const* environment;
  const char* directory;
  const std::vector<FdMapping>* descriptors;
  ChildGuard* guard;
  bool inherit_stderr;
  int parent;  ///< a pidfd of the process that forks
  int error_pipe;
  int beyond_targets;  ///< a number above all that the child shall see
};

constexpr std::size_t kMaxDescriptors = 64;

/// Nothing that quiz itself inherited (without O_CLOEXEC) shall reach the child.
void close_all_on_exec() {
  if (::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
  for (int fd = 3; fd < 1024; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);  // before Linux 5.11
}

/// The one function that runs between fork and exec. Moves every descriptor out of the way of its
/// target first.
[[noreturn]] void run_child(const Preparation& preparation) {
  const char* step = nullptr;
  const int safe = preparation.beyond_targets;
  const int errors = ::fcntl(preparation.error_pipe, F_DUPFD_CLOEXEC, safe);
  const int file =
      preparation.program_file < 0 ? -1 : ::fcntl(preparation.program_file, F_DUPFD_CLOEXEC, safe);
  do {
    ::setpgid(0, 0);
    close_all_on_exec();
    std::array<int, kMaxDescriptors> moved{};
    std::size_t count = 0;
    for (const FdMapping& mapping : *preparation.descriptors) {
      moved[count++] = ::fcntl(mapping.in_parent, F_DUPFD_CLOEXEC, safe);
    }
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    const int safe_null = ::fcntl(null, F_DUPFD_CLOEXEC, safe);
    ::dup2(safe_null, 0);
    ::dup2(safe_null, 1);
    if (!preparation.inherit_stderr || ::fcntl(2, F_GETFD) < 0) ::dup2(safe_null, 2);
    for (std::size_t i = 0; i < count; ++i) {
      if (moved[i] < 0 || ::dup2(moved[i], (*preparation.descriptors)[i].in_child) < 0) {
        step = "pass a file descriptor to";
      }
    }
    if (step != nullptr) break;
    if (preparation.directory != nullptr && ::chdir(preparation.directory) != 0) {
      step = "enter the working directory of";
      break;
    }
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int signal_number : {SIGPIPE, SIGXFSZ, SIGINT, SIGTTOU, SIGTTIN, SIGTSTP}) {
      ::signal(signal_number, SIG_DFL);
    }
    // What the confinement waits for must not outlive quiz, either.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (preparation.guard != nullptr) {
      step = preparation.guard->confine();
      if (step != nullptr) break;
    }
    // Once more: the confinement may have changed credentials and so cleared the request.
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
      step = "tie the life of quiz to";
      break;
    }
    // Not by its number, which cannot be told from within a pid namespace.
    pollfd parent = {preparation.parent, POLLIN, 0};
    if (::poll(&parent, 1, 0) != 0) ::_exit(0);  // it died before the request
    if (preparation.guard != nullptr) {
      step = preparation.guard->seal();
      if (step != nullptr) break;
    }
    if (file >= 0) {
      ::syscall(SYS_execveat, file, "", preparation.arguments, preparation.environment,
                AT_EMPTY_PATH);
    } else {
      ::execve(preparation.program, preparation.arguments, preparation.environment);
    }
    step = "run";
  } while (false);
  const ExecFailure failure{errno, step};
  (void)!::write(errors, &failure, sizeof failure);
  ::_exit(127);
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (std::string& string : strings) result.push_back(string.data());
  result.push_back(nullptr);
  return result;
}

Fd open_pidfd(pid_t pid) {
  Fd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!fd) throw SystemError("this kernel has no pidfd_open (Linux 5.3)");
  ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC);
  return fd;
}

/// fork(), into namespaces of its own where the guard wants some.
pid_t fork_for(const ChildGuard* guard) {
  const unsigned long flags = guard != nullptr ? guard->clone_flags() : 0;
  return flags == 0 ? ::fork() : clone_process(flags);
}

int beyond_targets(const std::vector<FdMapping>& descriptors) {
  int highest = 2;
  for (const FdMapping& mapping : descriptors) highest = std::max(highest, mapping.in_child);
  return highest + 1;
}

bool is_executable_file(const std::string& path) {
  struct stat status = {};
  return ::access(path.c_str(), X_OK) == 0 && ::stat(path.c_str(), &status) == 0 &&
         S_ISREG(status.st_mode);
}

/// The end of the leader of a process group, if it has come (or, with `block`, once it has). What
/// is left of the group is killed before the leader is reaped: afterwards the group's number may
/// belong to somebody else.
std::optional<ExitStatus> reap(pid_t pid, bool block) {
  siginfo_t info = {};
  while (::waitid(P_PID, static_cast<id_t>(pid), &info,
                  WEXITED | WNOWAIT | (block ? 0 : WNOHANG)) != 0) {
    if (errno != EINTR) throw SystemError("cannot wait for a child process");
  }
  if (info.si_pid != pid) return std::nullopt;
  ::kill(-pid, SIGKILL);
  ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED);
  return ExitStatus{info.si_code != CLD_EXITED, info.si_status};
}

}  // namespace

pid_t clone_process(unsigned long flags) noexcept {
#if defined(__s390x__)  // there the stack comes first (clone(2), "C library/kernel differences")
  return static_cast<pid_t>(::syscall(SYS_clone, 0, flags | SIGCHLD, 0, 0, 0));
#else
  return static_cast<pid_t>(::syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0));
#endif
}

std::string ExitStatus::describe() const {
  if (!signalled) return "exited with status " + std::to_string(value);
  return "was killed by signal " + std::to_string(value) + " (" + ::strsignal(value) + ")";
}

std::vector<std::string> program_directories() {
  const char* const path = std::getenv("PATH");
  std::vector<std::string> directories = split(path != nullptr ? path : "", ':');
  for (const char* usual :
       {"/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"}) {
    directories.emplace_back(usual);
  }
  std::vector<std::string> distinct;
  for (std::string& directory : directories) {
    const bool known = std::find(distinct.begin(), distinct.end(), directory) != distinct.end();
    if (!directory.empty() && !known) distinct.push_back(std::move(directory));
  }
  return distinct;
}

std::optional<std::string> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    return is_executable_file(name) ? std::optional(name) : std::nullopt;
  }
  for (const std::string& directory : program_directories()) {
    std::string candidate = directory + "/" + name;
    if (is_executable_file(candidate)) return candidate;
  }
  return std::nullopt;
}

Child Child::spawn(const SpawnOptions& options) {
  assert(!options.arguments.empty() && options.descriptors.size() <= kMaxDescriptors);
  std::string program = options.arguments[0];
  if (options.program < 0) {
    const std::optional<std::string> found = find_program(program);
    if (!found) throw SystemError("cannot run " + program, ENOENT);
    // A guard leads away from the current directory.
    program = options.guard != nullptr ? std::filesystem::absolute(*found).string() : *found;
  }
  const Fd parent = open_pidfd(::getpid());

  std::vector<std::string> arguments = options.arguments;
  std::vector<char*> argument_pointers = pointers(arguments);
  std::vector<std::string> environment = options.environment.value_or(std::vector<std::string>{});
  std::vector<char*> environment_pointers = pointers(environment);
  Pipe errors = make_pipe();
  const Preparation preparation{
      program.c_str(),
      options.program,
      argument_pointers.data(),
      options.environment ? environment_pointers.data() : ::environ,
      options.directory.empty() ? nullptr : options.directory.c_str(),
      &options.descriptors,
      options.guard,
      options.inherit_stderr,
      parent.get(),
      errors.write_end.get(),
      beyond_targets(options.descriptors),
  };

  const pid_t pid = fork_for(options.guard);
  if (pid < 0) throw SystemError("cannot start " + program);
  if (pid == 0) run_child(preparation);

  ::setpgid(pid, pid);  // also here: the group must exist before anyone signals it
  Child child(pid, open_pidfd(pid));
  errors.write_end.reset();
  if (options.guard != nullptr) options.guard->accompany(pid, errors.read_end.get());
  ExecFailure failure{};
  ssize_t count = 0;
  do {
    count = ::read(errors.read_end.get(), &failure, sizeof failure);
  } while (count < 0 && errno == EINTR);
  if (count == static_cast<ssize_t>(sizeof failure)) {
    child.wait();
    throw SystemError(std::string("cannot ") + failure.step + " " + program, failure.error_number);
  }
  return child;
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      ended_(std::exchange(other.ended_, std::nullopt)) {}

Child& Child::operator=(Child&& other) noexcept {
  if (this != &other) {
    finish();
    pid_ = std::exchange(other.pid_, -1);
    pidfd_ = std::move(other.pidfd_);
    ended_ = std::exchange(other.ended_, std::nullopt);
  }
  return *this;
}

Child::~Child() { finish(); }

void Child::finish() noexcept {
  if (pid_ > 0 && !ended_) {
    kill(SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  pid_ = -1;
}

void Child::kill(int signal_number) const {
  if (pid_ > 0 && !ended_) ::kill(-pid_, signal_number);
}

ExitStatus Child::wait() {
  if (!ended_) ended_ = reap(pid_, true);
  return *ended_;
}

std::optional<ExitStatus> Child::try_wait() {
  if (!ended_) ended_ = reap(pid_, false);
  return ended_;
}

Captured run_and_capture(SpawnOptions options) {
  Captured captured;
  WatchedChild watched{
      .options = std::move(options),
      .streams = {{{1}, [&](std::string_view data) { captured.output += data; }},
                  {{2}, [&](std::string_view data) { captured.errors += data; }}},
  };
  captured.status = run_watched(watched).status;
  return captured;
}

std::string run_or_throw(std::vector<std::string> arguments) {
  SpawnOptions options;
  options.arguments = std::move(arguments);
  const std::string program = options.arguments.front();
  Captured result = run_and_capture(std::move(options));
  if (result.status.success()) return std::move(result.output);
  const std::string& complaint = result.errors.empty() ? result.output : result.errors;
  throw Error(program + " " + result.status.describe() + ": " +
              complaint.substr(0, complaint.find('\n')));
}

ExitStatus run_in_foreground(std::vector<std::string> arguments,
                             const std::optional<std::vector<std::string>>& environment) {
  const std::optional<std::string> program = find_program(arguments.front());
  if (!program) throw SystemError("cannot run " + arguments.front(), ENOENT);
  std::vector<char*> argument_pointers = pointers(arguments);
  std::vector<std::string> variables = environment.value_or(std::vector<std::string>{});
  std::vector<char*> environment_pointers = pointers(variables);

  sigset_t ours;
  ::sigemptyset(&ours);
  ::sigaddset(&ours, SIGXFSZ);
  ::sigaddset(&ours, SIGINT);
  ::sigaddset(&ours, SIGQUIT);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setsigdefault(&attributes, &ours);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  const auto on_interrupt = ::signal(SIGINT, SIG_IGN);
  const auto on_quit = ::signal(SIGQUIT, SIG_IGN);
  pid_t pid = -1;
  const int error =
      ::posix_spawn(&pid, program->c_str(), nullptr, &attributes, argument_pointers.data(),
                    environment ? environment_pointers.data() : ::environ);
  ::posix_spawnattr_destroy(&attributes);
  siginfo_t info = {};
  while (error == 0 && ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED) != 0 &&
         errno == EINTR) {
  }
  ::signal(SIGINT, on_interrupt);
  ::signal(SIGQUIT, on_quit);
  if (error != 0) throw SystemError("cannot start " + *program, error);
  return {info.si_code != CLD_EXITED, info.si_status};
}

}  // namespace quiz::base
