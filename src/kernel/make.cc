#include "kernel/make.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "build/build_log.h"
#include "build/build_progress.h"
#include "build/logged_command.h"

namespace quiz::kernel {

namespace fs = std::filesystem;

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
  build::BuildProgress progress(expected, reporter_);
  build::LoggedCommand command;
  command.options.arguments = words(targets, jobs);
  command.options.environment = build::build_environment();
  command.log = log_;
  command.on_line = [&](const std::string& line) { progress.add_line(line); };
  command.on_tick = [&] { progress.show(); };
  command.interrupted_hint = "the same command goes on where it stopped; the store is as it was";
  const build::LoggedResult result = build::run_logged(command);
  if (!result.status.success()) report_failure(result.output, result.status.describe());
  return progress.steps();
}

void KernelMake::run_in_terminal(const std::string& target) {
  const base::ExitStatus status =
      base::run_in_foreground(words({target}, 1), build::build_environment());
  if (!status.success()) throw base::Error("make " + target + " " + status.describe());
}

void KernelMake::report_failure(const std::string& output, const std::string& ending) const {
  const std::string error = build::first_build_error(output);
  const std::string package = build::package_for_build_error(error);
  std::string hint = "the whole log is " + log_.string();
  if (!package.empty()) hint = "apt install " + package + "; " + hint;
  if (error.find("No space left on device") != std::string::npos) {
    hint = "make room, or set XDG_CACHE_HOME to a directory on a larger disk; " + hint;
  }
  throw base::Error("the kernel does not build: " + (error.empty() ? "make " + ending : error),
                    hint);
}

}  // namespace quiz::kernel
