#include "launch.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "files.h"
#include "wire/terminal_modes.h"

namespace quiz::init {

namespace {

/// What the child leaves behind in our memory when it cannot exec.
struct Failure {
  wire::Ending ending = wire::Ending::exited;  // none
  int error_number = 0;
  const char* step = "";
};

bool open_pty(Launched& launched, ProgramStreams& theirs, const wire::Exec& exec) {
  launched.master.reset(::open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  int unlock = 0;
  unsigned int number = 0;
  if (!launched.master || ::ioctl(launched.master.get(), TIOCSPTLCK, &unlock) != 0 ||
      ::ioctl(launched.master.get(), TIOCGPTN, &number) != 0) {
    return false;
  }
  const winsize size = {exec.window.rows, exec.window.columns, 0, 0};
  ::ioctl(launched.master.get(), TIOCSWINSZ, &size);
  const std::string path = "/dev/pts/" + std::to_string(number);
  theirs.slave.reset(::open(path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!theirs.slave) return false;
  termios settings = {};
  if (!exec.terminal_modes.empty() && ::tcgetattr(theirs.slave.get(), &settings) == 0) {
    wire::set_terminal_modes(exec.terminal_modes, settings);
    ::tcsetattr(theirs.slave.get(), TCSANOW, &settings);
  }
  return true;
}

bool open_pipe(base::Fd& read_end, base::Fd& write_end) {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return false;
  read_end.reset(fds[0]);
  write_end.reset(fds[1]);
  // Larger than the default 64 KiB, so that program and init take turns less often; a refusal does
  // no harm.
  ::fcntl(fds[0], F_SETPIPE_SZ, 256 * 1024);
  return true;
}

void reset_signals() {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// The kernel refuses more open files than fs.nr_open, and then changes nothing at all: a caller
/// without a limit (systemd: LimitNOFILE=infinity) shall have what there is.
void set_open_files(rlimit value) {
  const std::string most = read_line("/proc/sys/fs/nr_open");
  const rlim_t allowed = std::strtoull(most.c_str(), nullptr, 10);
  if (allowed == 0) return;
  value = {std::min(value.rlim_cur, allowed), std::min(value.rlim_max, allowed)};
  ::setrlimit(RLIMIT_NOFILE, &value);
}

void set_limits(const wire::Exec& exec) {
  for (const wire::ResourceLimit& limit : exec.limits) {
    const rlimit value = {limit.soft, limit.hard};
    const bool done = ::setrlimit(static_cast<__rlimit_resource_t>(limit.resource), &value) == 0;
    if (!done && limit.resource == RLIMIT_NOFILE) set_open_files(value);
  }
}

[[noreturn]] void give_up(Failure& failure, wire::Ending ending, const char* step) {
  failure = {ending, errno, step};
  ::_exit(127);
}

[[noreturn]] void become(const wire::Exec& exec, const ProgramStreams& streams, Failure& failure) {
  constexpr auto kPrepare = wire::Ending::cannot_prepare;
  ::setsid();
  if (streams.slave && ::ioctl(streams.slave.get(), TIOCSCTTY, 0) != 0) {
    give_up(failure, kPrepare, "take the terminal");
  }
  for (std::size_t i = 0; i < wire::kStreams; ++i) {
    // The ends of the streams are 3 or higher (init keeps 0-2 on the console): no target is still
    // needed.
    if (!streams.ends[i]) {
      ::close(static_cast<int>(i));
    } else if (::dup2(streams.ends[i].get(), static_cast<int>(i)) < 0) {
      give_up(failure, kPrepare, "set up the streams");
    }
  }
  reset_signals();
  set_limits(exec);
  ::umask(static_cast<mode_t>(exec.umask));
  const std::vector<gid_t> groups(exec.groups.begin(), exec.groups.end());
  if (::setgroups(groups.size(), groups.data()) != 0 || ::setgid(exec.gid) != 0 ||
      ::setuid(exec.uid) != 0) {
    give_up(failure, kPrepare, "change to the user");
  }
  if (::chdir(exec.directory.c_str()) != 0) give_up(failure, kPrepare, "enter the directory");

  std::vector<char*> arguments;
  arguments.reserve(exec.arguments.size() + 1);
  for (const std::string& argument : exec.arguments) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  std::vector<char*> environment;
  environment.reserve(exec.environment.size() + 1);
  for (const std::string& variable : exec.environment) {
    environment.push_back(const_cast<char*>(variable.c_str()));
  }
  environment.push_back(nullptr);
  ::environ = environment.data();  // where execvp finds PATH
  // A search through PATH asks the host for every directory.
  if (!exec.candidate.empty()) ::execv(exec.candidate.c_str(), arguments.data());
  ::execvp(arguments[0], arguments.data());
  give_up(failure, wire::Ending::cannot_execute, "");
}

struct Start {
  const wire::Exec& exec;
  const ProgramStreams& streams;
  Failure failure{};
};

/// fork and become, but in our memory, on a stack of its own, while we stand still until it has
/// become the program or given up: copying page tables, and then pages, costs an emulated guest
/// some 10 ms. What the child allocates stays with us, some kilobytes for each program.
pid_t start(Start& attempt) {
  constexpr std::size_t kStack = std::size_t{256} * 1024;
  const std::unique_ptr<char[]> stack(new (std::nothrow) char[kStack]);
  if (!stack) return -1;
  char** const environment = ::environ;
  const pid_t pid = ::clone(
      [](void* argument) -> int {
        Start& ours = *static_cast<Start*>(argument);
        become(ours.exec, ours.streams, ours.failure);
      },
      stack.get() + kStack, CLONE_VM | CLONE_VFORK | SIGCHLD, &attempt);
  ::environ = environment;
  return pid;
}

/// A descriptor with the same errors as the caller's; -1: it is none of these.
int open_what_cannot_be_read(wire::StreamKind kind) {
  switch (kind) {
    case wire::StreamKind::directory:
      return ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    case wire::StreamKind::unreadable:
      return ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    default:
      return -1;
  }
}

}  // namespace

bool open_program_streams(const wire::Exec& exec, Launched& launched, ProgramStreams& theirs) {
  const std::array<base::Fd*, wire::kStreams> ours = {&launched.in, &launched.out, &launched.err};
  for (std::size_t i = 0; i < wire::kStreams; ++i) {
    if (exec.streams[i] == wire::StreamKind::closed) continue;
    if (const int file = open_what_cannot_be_read(exec.streams[i]); file >= 0) {
      theirs.ends[i].reset(file);
      continue;
    }
    if (exec.streams[i] == wire::StreamKind::joined) {
      theirs.ends[i].reset(::fcntl(theirs.ends[1].get(), F_DUPFD_CLOEXEC, 3));
      continue;
    }
    if (exec.streams[i] == wire::StreamKind::pty) {
      if (!launched.master && !open_pty(launched, theirs, exec)) return false;
      theirs.ends[i].reset(::fcntl(theirs.slave.get(), F_DUPFD_CLOEXEC, 3));
      // A pty has one output: stdout's. stderr on the pty comes out there.
      if (i != 2) ours[i]->reset(::fcntl(launched.master.get(), F_DUPFD_CLOEXEC, 3));
      continue;
    }
    base::Fd& end = *ours[i];
    if (i == 0 ? !open_pipe(theirs.ends[i], end) : !open_pipe(end, theirs.ends[i])) return false;
    base::set_nonblocking(end.get(), true);
  }
  return true;
}

Started start_program(const wire::Exec& exec, const ProgramStreams& streams) {
  Started started;
  Start attempt{exec, streams};
  started.pid = start(attempt);
  if (started.pid < 0) {
    started.failure = wire::Ending::cannot_prepare;
    started.error_number = errno;
    started.step = "fork";
  } else if (attempt.failure.ending != wire::Ending::exited) {
    ::waitpid(started.pid, nullptr, 0);
    started = {-1, attempt.failure.ending, attempt.failure.error_number, attempt.failure.step};
  }
  return started;
}

Launched launch(const wire::Exec& exec) {
  Launched launched;
  ProgramStreams theirs;
  if (!open_program_streams(exec, launched, theirs)) {
    launched.failure = wire::Ending::cannot_prepare;
    launched.error_number = errno;
    launched.detail = "set up the streams";
    return launched;
  }
  const Started started = start_program(exec, theirs);
  launched.pid = started.pid;
  launched.failure = started.failure;
  launched.error_number = started.error_number;
  launched.detail = started.step;
  return launched;
}

}  // namespace quiz::init
