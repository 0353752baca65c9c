// make(1) in a kernel's build directory: all output into a log, a line of progress, the first real
// error when it fails. Niced; outside the source tree (O=) unless told otherwise.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "base/reporter.h"

namespace quiz::kernel {

class KernelMake {
 public:
  /// `variables` are given to every call ("ARCH=x86_64"). The log, in `build`, is begun anew.
  KernelMake(std::filesystem::path source, std::filesystem::path build,
             std::vector<std::string> variables, base::Reporter& reporter);

  /// From now on make works in the source tree itself; only the .config still is in `build`.
  void work_in_source_tree() { in_source_tree_ = true; }

  /// Runs the targets, `expected` build steps being foreseen (0: no progress is shown), and returns
  /// how many there were. SIGINT and SIGTERM end it with an Error. Throws base::Error with the
  /// first error of the log. Main thread only.
  std::size_t run(const std::vector<std::string>& targets, unsigned jobs, std::size_t expected);

  const std::filesystem::path& log() const { return log_; }

 private:
  std::vector<std::string> words(const std::vector<std::string>& targets, unsigned jobs) const;
  [[noreturn]] void report_failure(const std::string& output, const std::string& ending) const;

  std::filesystem::path source_;
  std::filesystem::path build_;
  std::filesystem::path log_;
  std::vector<std::string> variables_;
  base::Reporter& reporter_;
  bool in_source_tree_ = false;
};

}  // namespace quiz::kernel
