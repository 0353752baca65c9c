// What builds by make(1) have in common beside their log: how far they are, for a line of progress,
// and the environment that they run in.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/reporter.h"

namespace quiz::build {

/// Counts the build steps in make's output and tells a Reporter.
class BuildProgress {
 public:
  /// `expected` steps are foreseen; with 0 no progress is shown.
  BuildProgress(std::size_t expected, base::Reporter& reporter)
      : expected_(expected), reporter_(reporter) {}

  /// A line of make's output.
  void add_line(const std::string& line);
  /// Also to be called when nothing has come for a while: the time goes on.
  void show();

  std::size_t steps() const { return steps_; }

 private:
  using Clock = std::chrono::steady_clock;

  std::size_t expected_;
  base::Reporter& reporter_;
  Clock::time_point start_ = Clock::now();
  std::size_t steps_ = 0;
};

/// The caller's environment without what would change a build of or against a kernel or its
/// messages (MAKEFLAGS, ARCH, KBUILD_OUTPUT, LC_* …), and with what makes ccache find objects
/// again.
std::vector<std::string> build_environment();

}  // namespace quiz::build
