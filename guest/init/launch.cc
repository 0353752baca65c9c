#include "launch.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

namespace quiz::init {

namespace {

/// What the child reports when it cannot exec.
struct Failure {
  wire::Ending ending;
  int error_number;
  char step[64];
};

struct Streams {
  std::array<base::Fd, wire::kStreams> ours;
  std::array<base::Fd, wire::kStreams> theirs;
  base::Fd master;
  base::Fd slave;
};

bool open_pty(Streams& streams, wire::WindowSize window) {
  streams.master.reset(::open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  int unlock = 0;
  unsigned int number = 0;
  if (!streams.master || ::ioctl(streams.master.get(), TIOCSPTLCK, &unlock) != 0 ||
      ::ioctl(streams.master.get(), TIOCGPTN, &number) != 0) {
    return false;
  }
  const winsize size = {window.rows, window.columns, 0, 0};
  ::ioctl(streams.master.get(), TIOCSWINSZ, &size);
  const std::string path = "/dev/pts/" + std::to_string(number);
  streams.slave.reset(::open(path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  return static_cast<bool>(streams.slave);
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

bool open_streams(const wire::Exec& exec, Streams& streams) {
  for (std::size_t i = 0; i < wire::kStreams; ++i) {
    if (exec.streams[i] == wire::StreamKind::closed) continue;
    if (exec.streams[i] == wire::StreamKind::joined) {
      streams.theirs[i].reset(::fcntl(streams.theirs[1].get(), F_DUPFD_CLOEXEC, 3));
      continue;
    }
    if (exec.streams[i] == wire::StreamKind::pty) {
      if (!streams.master && !open_pty(streams, exec.window)) return false;
      streams.theirs[i].reset(::fcntl(streams.slave.get(), F_DUPFD_CLOEXEC, 3));
      // A pty has one output: stdout's. stderr on the pty comes out there.
      if (i != 2) streams.ours[i].reset(::fcntl(streams.master.get(), F_DUPFD_CLOEXEC, 3));
      continue;
    }
    base::Fd& ours = streams.ours[i];
    base::Fd& theirs = streams.theirs[i];
    if (i == 0 ? !open_pipe(theirs, ours) : !open_pipe(ours, theirs)) return false;
    base::set_nonblocking(ours.get(), true);
  }
  return true;
}

void reset_signals() {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool set_limits(const wire::Exec& exec) {
  for (const wire::ResourceLimit& limit : exec.limits) {
    const rlimit value = {limit.soft, limit.hard};
    // The guest may allow less than the host did (NOFILE above fs.nr_open): take what it allows.
    ::setrlimit(static_cast<__rlimit_resource_t>(limit.resource), &value);
  }
  return true;
}

[[noreturn]] void give_up(int errors, wire::Ending ending, const std::string& step) {
  Failure failure = {ending, errno, {}};
  step.copy(failure.step, sizeof failure.step - 1);
  (void)!::write(errors, &failure, sizeof failure);
  ::_exit(127);
}

[[noreturn]] void become(const wire::Exec& exec, Streams& streams, int errors) {
  constexpr auto kPrepare = wire::Ending::cannot_prepare;
  ::setsid();
  if (streams.slave && ::ioctl(streams.slave.get(), TIOCSCTTY, 0) != 0) {
    give_up(errors, kPrepare, "take the terminal");
  }
  errors = ::fcntl(errors, F_DUPFD_CLOEXEC, 16);
  for (std::size_t i = 0; i < wire::kStreams; ++i) {
    // The ends of the streams are 3 or higher (init keeps 0-2 on the console): no target is still
    // needed.
    if (!streams.theirs[i]) {
      ::close(static_cast<int>(i));
    } else if (::dup2(streams.theirs[i].get(), static_cast<int>(i)) < 0) {
      give_up(errors, kPrepare, "set up the streams");
    }
  }
  reset_signals();
  set_limits(exec);
  ::umask(static_cast<mode_t>(exec.umask));
  const std::vector<gid_t> groups(exec.groups.begin(), exec.groups.end());
  if (::setgroups(groups.size(), groups.data()) != 0 || ::setgid(exec.gid) != 0 ||
      ::setuid(exec.uid) != 0) {
    give_up(errors, kPrepare, "change to the user");
  }
  if (::chdir(exec.directory.c_str()) != 0) give_up(errors, kPrepare, "enter the directory");

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
  ::environ = environment.data();
  ::execvp(arguments[0], arguments.data());
  give_up(errors, wire::Ending::cannot_execute, "");
}

}  // namespace

Launched launch(const wire::Exec& exec) {
  Launched launched;
  Streams streams;
  base::Fd error_reader;
  base::Fd error_writer;
  const auto failed = [&](const char* detail) {
    launched.failure = wire::Ending::cannot_prepare;
    launched.error_number = errno;
    launched.detail = detail;
    return std::move(launched);
  };
  int fds[2];
  if (!open_streams(exec, streams)) return failed("set up the streams");
  if (::pipe2(fds, O_CLOEXEC) != 0) return failed("make a pipe");
  error_reader.reset(fds[0]);
  error_writer.reset(fds[1]);

  const pid_t pid = ::fork();
  if (pid < 0) return failed("fork");
  if (pid == 0) become(exec, streams, error_writer.get());
  error_writer.reset();

  Failure failure = {};
  ssize_t count = 0;
  do {
    count = ::read(error_reader.get(), &failure, sizeof failure);
  } while (count < 0 && errno == EINTR);
  if (count == static_cast<ssize_t>(sizeof failure)) {
    ::waitpid(pid, nullptr, 0);
    launched.failure = failure.ending;
    launched.error_number = failure.error_number;
    launched.detail = failure.step;
    return launched;
  }
  launched.pid = pid;
  launched.in = std::move(streams.ours[0]);
  launched.out = std::move(streams.ours[1]);
  launched.err = std::move(streams.ours[2]);
  launched.master = std::move(streams.master);
  return launched;
}

}  // namespace quiz::init
