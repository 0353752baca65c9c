#include <signal.h>
#include <sys/signalfd.h>

#include "base/error.h"
#include "base/signals.h"

namespace quiz::base {

namespace {

bool is_ignored(int number) {
  struct sigaction action = {};
  return ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

sigset_t make_set(const std::vector<int>& signals) {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : signals) ::sigaddset(&set, number);
  return set;
}

}  // namespace

SignalSource::SignalSource(const std::vector<int>& signals) : signals_(signals) {
  std::erase_if(signals_, is_ignored);  // blocked, they would arrive after all
  const sigset_t set = make_set(signals_);
  if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0) throw SystemError("cannot block signals");
  fd_.reset(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!fd_) throw SystemError("cannot watch for signals");
}

SignalSource::~SignalSource() {
  const sigset_t set = make_set(signals_);
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

std::optional<int> SignalSource::next() {
  signalfd_siginfo info = {};
  if (::read(fd_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) {
    return std::nullopt;
  }
  return static_cast<int>(info.ssi_signo);
}

}  // namespace quiz::base
