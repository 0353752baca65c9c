#include "base/background.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/pipe.h"

namespace quiz::base {

namespace {

/// The signals of the terminal's keys are the child's alone to obey.
class IgnoredKeys {
 public:
  IgnoredKeys() : interrupt_(std::signal(SIGINT, SIG_IGN)), quit_(std::signal(SIGQUIT, SIG_IGN)) {}
  ~IgnoredKeys() { restore(); }
  IgnoredKeys(const IgnoredKeys&) = delete;
  IgnoredKeys& operator=(const IgnoredKeys&) = delete;
  void restore() const {
    std::signal(SIGINT, interrupt_);
    std::signal(SIGQUIT, quit_);
  }

 private:
  using Handler = void (*)(int);
  Handler interrupt_;
  Handler quit_;
};

int wait_for(pid_t child) {
  int raw = 0;
  while (::waitpid(child, &raw, 0) < 0 && errno == EINTR) {
  }
  constexpr int kStatusSignal = 128;
  return WIFEXITED(raw) ? WEXITSTATUS(raw) : kStatusSignal + WTERMSIG(raw);
}

}  // namespace

void close_inherited() {
  std::error_code error;
  std::vector<int> inherited;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    const int fd = std::atoi(entry.path().filename().c_str());
    const int flags = ::fcntl(fd, F_GETFD);
    if (fd > STDERR_FILENO && flags >= 0 && (flags & FD_CLOEXEC) == 0) inherited.push_back(fd);
  }
  for (const int fd : inherited) ::close(fd);
}

std::variant<std::string, int> run_in_background(
    const std::function<int(const std::function<void(const std::string&)>&)>& work) {
  const Fd nowhere = open_file("/dev/null", O_RDWR);
  Pipe word = make_pipe();
  const IgnoredKeys ignored;
  const pid_t child = ::fork();
  if (child < 0) throw SystemError("cannot start a process for the background");
  if (child == 0) {
    ignored.restore();
    word.read_end.reset();
    close_inherited();
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO}) ::dup2(nowhere.get(), fd);
    const int status = work([&](const std::string& text) {
      ::setsid();
      ::dup2(nowhere.get(), STDERR_FILENO);
      try {
        write_all(word.write_end.get(), text, "the word of being ready");
      } catch (const Error&) {
        // Whoever waited for it has been killed; `quiz vm list` shows what there is.
      }
      word.write_end.reset();
    });
    ::_exit(status);
  }
  word.write_end.reset();
  constexpr std::uint64_t kLongest = 4096;
  std::string text = read_all(word.read_end.get(), "the word of being ready", kLongest);
  if (!text.empty()) return text;
  return wait_for(child);
}

}  // namespace quiz::base
