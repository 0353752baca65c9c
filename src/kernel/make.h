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
  /// `variables` are given to every call ("ARCH=…"). The log, in `build`, is begun anew.
  KernelMake(std::filesystem::path source, std::filesystem::path build,
             std::vector<std::string> variables, base::Reporter& reporter);

  /// Where make puts what it makes.
  enum class Place {
    kOutside,        ///< into `build`, with the .config that is there
    kConfigOutside,  ///< into the source tree, with the .config in `build`
    kInPlace,        ///< into the source tree, which has its own .config
  };
  void set_place(Place place) { place_ = place; }

  /// Runs the targets, `expected` build steps being foreseen (0: no progress is shown), and returns
  /// how many there were. SIGINT and SIGTERM end it with an Error. Throws base::Error with the
  /// first error of the log. Main thread only.
  std::size_t run(const std::vector<std::string>& targets, unsigned jobs, std::size_t expected);

  /// Runs a target that talks with the person at the terminal, "menuconfig". Throws base::Error.
  void run_in_terminal(const std::string& target);

  const std::filesystem::path& log() const { return log_; }

 private:
  std::vector<std::string> words(const std::vector<std::string>& targets, unsigned jobs) const;
  [[noreturn]] void report_failure(const std::string& output, const std::string& ending) const;

  std::filesystem::path source_;
  std::filesystem::path build_;
  std::filesystem::path log_;
  std::vector<std::string> variables_;
  base::Reporter& reporter_;
  Place place_ = Place::kOutside;
};

}  // namespace quiz::kernel
