// The guest's console as the host sees it: lines, the newest of them kept, all of them in a file if
// wanted, and the few that mean something recognised. A guest can print anything there, so these
// are hints about an ending, not proofs; and it can print without end, so there is a limit to all
// that is kept.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace quiz::relay {

/// A kernel that has panicked gets this long to say why.
inline constexpr std::chrono::milliseconds kLastWords{1500};

/// How much of a console a file gets.
inline constexpr std::uint64_t kMostLogged = std::uint64_t{1} << 30;

class ConsoleLog {
 public:
  /// `file`, if open, gets every byte up to `most_logged`. `on_line` is called for each line (may
  /// be empty).
  ConsoleLog(base::Fd file, std::function<void(const std::string&)> on_line,
             std::uint64_t most_logged = kMostLogged);

  void add(std::string_view bytes);
  /// What comes now tells the cause of the run's ending, unless the kernel has told of one already.
  void expect_cause();

  /// The text behind "Kernel panic - not syncing: ".
  const std::optional<std::string>& panic() const { return panic_; }
  /// The first line of the first oops (BUG, Oops, general protection fault …).
  const std::optional<std::string>& oops() const { return oops_; }
  /// The kernel has halted the machine and will not say more.
  bool halted() const { return halted_; }
  /// What quiz's own init said when it gave up.
  const std::optional<std::string>& init_failure() const { return init_failure_; }

  /// The last lines, printable: from the cause of the ending on if one is known, else the last
  /// `count`.
  std::vector<std::string> last_words(std::size_t count) const;
  /// errno of the write by which the file did not get everything (a full disk); EFBIG: there was
  /// more than it should get; 0: it has all.
  int file_error() const { return file_error_; }

 private:
  void write_to_file(std::string_view bytes);
  void take_line(std::string_view line);

  base::Fd file_;
  std::uint64_t file_room_;
  int file_error_ = 0;
  std::function<void(const std::string&)> on_line_;
  bool before_kernel_ = true;  // only the firmware has said something
  std::string partial_;
  std::deque<std::string> lines_;
  std::size_t bytes_ = 0;             // of lines_
  std::size_t dropped_ = 0;           // lines that are no longer in lines_
  std::optional<std::size_t> cause_;  // number of the line where the trouble begins
  std::optional<std::string> panic_;
  std::optional<std::string> oops_;
  bool halted_ = false;
  std::optional<std::string> init_failure_;
};

}  // namespace quiz::relay
