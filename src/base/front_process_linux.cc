#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include "base/background.h"
#include "base/error.h"
#include "base/files.h"
#include "base/front_process.h"
#include "base/poll_set.h"
#include "base/signals.h"
#include "base/terminal.h"

namespace quiz::base {

namespace {

constexpr int kStatusSignal = 128;

/// Of a group without a shell above it the kernel stops nobody for a key; who reads its signals
/// itself is not concerned.
void stop_as_a_job_would(int) { ::raise(SIGSTOP); }

/// As the work has died, without a second core.
int die_of(int signal_number) {
  ::prctl(PR_SET_DUMPABLE, 0);
  std::signal(signal_number, SIG_DFL);
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, signal_number);
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
  ::raise(signal_number);
  return kStatusSignal + signal_number;
}

/// The status of the work, if it has ended; where it is stopped, so are we until we go on.
std::optional<int> look_at(pid_t work) {
  int raw = 0;
  while (::waitpid(work, &raw, WNOHANG | WUNTRACED) > 0) {
    if (WIFEXITED(raw)) return WEXITSTATUS(raw);
    if (WIFSIGNALED(raw)) return die_of(WTERMSIG(raw));
    if (WIFSTOPPED(raw)) ::raise(SIGSTOP);
  }
  return std::nullopt;
}

int stand_before(pid_t work, SignalSource& signals, const Fd& word) {
  std::optional<int> status;
  bool left = false;
  bool open = true;
  while (!status && !left) {
    PollSet set;
    set.add(signals.fd(), POLLIN, [&] {
      while (const auto number = signals.next()) {
        if (*number == SIGCHLD) {
          status = look_at(work);
        } else {
          ::kill(work, *number);
        }
      }
    });
    set.add(open ? word.get() : -1, POLLIN, [&] {
      char byte = 0;
      open = left = ::read(word.get(), &byte, 1) == 1;
    });
    set.wait(-1);
    set.serve();
  }
  return left ? 0 : *status;
}

}  // namespace

FrontProcess::FrontProcess(pid_t process, Fd word)
    : status_(::open(("/proc/" + std::to_string(process) + "/stat").c_str(), O_RDONLY | O_CLOEXEC)),
      word_(std::move(word)) {}

bool FrontProcess::in_foreground() const {
  // proc(5): the fields behind the name, which may have anything in it.
  char line[512] = {};
  if (::pread(status_.get(), line, sizeof line - 1, 0) <= 0) return true;
  const std::string text = line;
  const std::size_t name_end = text.rfind(')');
  int group = 0;
  int foreground = 0;
  if (name_end == std::string::npos ||
      std::sscanf(text.c_str() + name_end + 1, " %*c %*d %d %*d %*d %d", &group, &foreground) !=
          2) {
    return true;
  }
  return foreground < 0 || foreground == group;
}

void FrontProcess::leave() {
  const Fd nowhere = open_file("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (is_terminal(fd)) ::dup2(nowhere.get(), fd);
  }
  close_inherited();
  ::prctl(PR_SET_PDEATHSIG, 0);
  (void)!::write(word_.get(), "", 1);  // one that has been killed needs no word
  word_.reset();
  status_.reset();
}

int run_behind_front(const std::function<int(FrontProcess&)>& work) {
  // Before there is somebody to pass them on to none may be lost.
  std::optional<SignalSource> signals;
  signals.emplace(std::vector{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGTSTP,
                              SIGCONT, SIGCHLD});
  Pipe word = make_pipe();
  const pid_t front = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) throw SystemError("cannot start a second process");
  if (child > 0) {
    word.write_end.reset();
    return stand_before(child, *signals, word.read_end);
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != front) ::_exit(kStatusSignal + SIGKILL);
  ::setsid();
  if (std::signal(SIGTSTP, stop_as_a_job_would) == SIG_IGN) std::signal(SIGTSTP, SIG_IGN);
  signals.reset();
  word.read_end.reset();
  FrontProcess handle(front, std::move(word.write_end));
  ::_exit(work(handle));
}

}  // namespace quiz::base
