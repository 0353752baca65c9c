// A long command behind a line of progress: all that it prints goes into a log and, line by line,
// to whoever watches; SIGINT, SIGTERM and SIGHUP end it. For builds (src/kernel, src/openzfs); a
// command whose output is an answer is run_and_capture's (child.h).
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "base/child.h"

namespace quiz::build {

struct LoggedCommand {
  base::SpawnOptions options;  ///< stdout and stderr are taken; the rest is the caller's
  std::filesystem::path log;   ///< appended to, beginning with a line "+ WORDS"
  std::function<void(const std::string& line)> on_line{};  ///< without the newline; may be empty
  std::function<void()> on_tick{};  ///< after output, and twice a second without; may be empty
  std::string what = "build";       ///< "the build was interrupted"
  std::string interrupted_hint{};   ///< the hint of that
};

struct LoggedResult {
  base::ExitStatus status;
  std::string output;  ///< stdout and stderr as they came
};

/// Runs the command to its end, whatever that is. Throws base::Error with status 128+n when a
/// signal interrupted it, SystemError when it cannot be started or the log not written. Main
/// thread only.
LoggedResult run_logged(const LoggedCommand& command);

}  // namespace quiz::build
