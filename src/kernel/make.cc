#include "kernel/make.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>

#include "base/child.h"
#include "base/error.h"
#include "base/files.h"
#include "base/pipe.h"
#include "base/signals.h"
#include "kernel/make_log.h"

namespace quiz::kernel {

namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;

/// The caller's, without what would change the build or its messages.
std::vector<std::string> build_environment() {
  std::vector<std::string> environment;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string variable = *entry;
    const std::string name = variable.substr(0, variable.find('='));
    const bool foreign = name == "MAKEFLAGS" || name == "MAKELEVEL" || name == "MFLAGS" ||
                         name == "KBUILD_OUTPUT" || name == "ARCH" || name == "CROSS_COMPILE" ||
                         name == "LOCALVERSION" || name.starts_with("LC_") || name == "LANG" ||
                         name.starts_with("KCONFIG_");
    if (!foreign) environment.push_back(variable);
  }
  environment.emplace_back("LC_ALL=C.UTF-8");
  // The same objects for the same input, whoever builds them where: ccache finds them again.
  environment.emplace_back("KBUILD_BUILD_USER=quiz");
  environment.emplace_back("KBUILD_BUILD_HOST=quiz");
  environment.emplace_back("CCACHE_NOHASHDIR=1");
  return environment;
}

std::string clock_text(Clock::duration duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
}

/// Cuts a stream of bytes into lines, and shows how far the build is.
class Progress {
 public:
  Progress(std::size_t expected, base::Reporter& reporter)
      : expected_(expected), reporter_(reporter) {}

  void add(std::string_view data) {
    line_ += data;
    for (std::size_t end; (end = line_.find('\n')) != std::string::npos;) {
      const std::string line = line_.substr(0, end);
      line_.erase(0, end + 1);
      reporter_.detail(line);
      if (is_build_step(line)) ++steps_;
    }
    show();
  }

  /// Also called when nothing has come for a while: the time goes on.
  void show() {
    if (expected_ == 0) return;
    const auto elapsed = Clock::now() - start_;
    const std::string text =
        fmt::format("{} of about {} objects, {}", steps_, expected_, clock_text(elapsed));
    const double fraction =
        std::min(1.0, static_cast<double>(steps_) / static_cast<double>(expected_));
    reporter_.progress(fraction, text);
  }

  std::size_t steps() const { return steps_; }

 private:
  std::size_t expected_;
  base::Reporter& reporter_;
  Clock::time_point start_ = Clock::now();
  std::string line_;
  std::size_t steps_ = 0;
};

}  // namespace

KernelMake::KernelMake(fs::path source, fs::path build, std::vector<std::string> variables,
                       base::Reporter& reporter)
    : source_(std::move(source)),
      build_(std::move(build)),
      log_(build_ / "quiz.log"),
      variables_(std::move(variables)),
      reporter_(reporter) {
  base::make_directories(build_, 0700);
  base::open_file(log_, O_WRONLY | O_CREAT | O_TRUNC);
}

std::vector<std::string> KernelMake::words(const std::vector<std::string>& targets,
                                           unsigned jobs) const {
  std::vector<std::string> words = {"nice", "-n", "10", "make", "-C", source_.string()};
  if (place_ == Place::kOutside) words.push_back("O=" + build_.string());
  if (place_ == Place::kConfigOutside) {
    words.push_back("KCONFIG_CONFIG=" + (build_ / ".config").string());
  }
  words.push_back(fmt::format("-j{}", std::max(jobs, 1u)));
  words.insert(words.end(), variables_.begin(), variables_.end());
  words.insert(words.end(), targets.begin(), targets.end());
  return words;
}

std::size_t KernelMake::run(const std::vector<std::string>& targets, unsigned jobs,
                            std::size_t expected) {
  const base::Fd log = base::open_file(log_, O_WRONLY | O_CREAT | O_APPEND);
  base::SignalSource signals({SIGINT, SIGTERM, SIGHUP});
  base::Pipe output = base::make_pipe();
  base::SpawnOptions options;
  options.arguments = words(targets, jobs);
  options.environment = build_environment();
  options.descriptors = {{1, output.write_end.get()}, {2, output.write_end.get()}};
  base::write_all(log.get(), fmt::format("+ {}\n", fmt::join(options.arguments, " ")),
                  log_.string());
  base::Child child = base::Child::spawn(options);
  output.write_end.reset();

  Progress progress(expected, reporter_);
  std::string all;
  for (;;) {
    std::array<pollfd, 2> events = {pollfd{output.read_end.get(), POLLIN, 0},
                                    pollfd{signals.fd(), POLLIN, 0}};
    if (::poll(events.data(), events.size(), 500) < 0 && errno != EINTR) {
      throw base::SystemError("cannot wait for make");
    }
    if (events[1].revents != 0) {
      if (const auto signal = signals.next()) {
        child.kill(SIGKILL);
        throw base::Error("the build was interrupted",
                          "the same command goes on where it stopped; the store is as it was",
                          128 + *signal);
      }
    }
    if (events[0].revents != 0) {
      std::array<char, 65536> buffer;
      const ssize_t count = ::read(output.read_end.get(), buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;
      const std::string_view data(buffer.data(), static_cast<std::size_t>(count));
      base::write_all(log.get(), data, log_.string());
      all += data;
      progress.add(data);
    } else {
      progress.show();
    }
  }
  const base::ExitStatus status = child.wait();
  if (!status.success()) report_failure(all, status.describe());
  return progress.steps();
}

void KernelMake::run_in_terminal(const std::string& target) {
  const base::ExitStatus status = base::run_in_foreground(words({target}, 1), build_environment());
  if (!status.success()) throw base::Error("make " + target + " " + status.describe());
}

void KernelMake::report_failure(const std::string& output, const std::string& ending) const {
  const std::string error = first_build_error(output);
  const std::string package = package_for_build_error(error);
  std::string hint = "the whole log is " + log_.string();
  if (!package.empty()) hint = "apt install " + package + "; " + hint;
  if (error.find("No space left on device") != std::string::npos) {
    hint = "make room, or set XDG_CACHE_HOME to a directory on a larger disk; " + hint;
  }
  throw base::Error("the kernel does not build: " + (error.empty() ? "make " + ending : error),
                    hint);
}

}  // namespace quiz::kernel
