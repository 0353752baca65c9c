// The results of a run of OpenZFS's test suite on the host: a directory that only quiz writes, and
// in it a new one for each machine, which that machine alone may write. What a machine left is read
// as what somebody else may have made: regular files, beneath its directory, so much and no more.
//
//   results          a line for each test, of all machines
//   machine-1, …     what each machine wrote
//   crash-1.log, …   the last words of the kernels that panicked
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "openzfs/checkout.h"

namespace quiz::openzfs {

class SuiteResults {
 public:
  /// Of each file that a machine left.
  static constexpr std::size_t kMostRead = std::size_t{64} << 20;

  /// In a directory of the caller's, which is made if it is missing. What earlier runs left there
  /// stays. Throws base::Error.
  static SuiteResults in(const std::filesystem::path& directory);
  /// In .quiz/results/`name` of the checkout, or name-2, … where that is taken. Throws base::Error.
  static SuiteResults in_checkout(const Checkout& checkout, const std::string& name);

  const std::filesystem::path& path() const { return path_; }

  /// Makes the directory of the next machine: one that was not there before, with the file `done`
  /// in it unless that is empty. Returns its path, for --output. Throws base::Error.
  std::filesystem::path add_machine(std::string_view done);

  /// What the machine left: what the suite printed, the test that began last, the test runner's
  /// log. Empty where there is none.
  std::string printed() { return read("printed"); }
  std::string running() { return read("running"); }
  std::string log();

  /// Writes `results`, and the crash log of the machine. Throws base::Error.
  void write_results(std::string_view text) const;
  void write_crash(std::string_view text) const;

  /// What a person should know of what was read, since the last call.
  std::vector<std::string> take_warnings() { return std::exchange(warnings_, {}); }

 private:
  SuiteResults(base::Fd directory, std::filesystem::path path)
      : directory_(std::move(directory)), path_(std::move(path)) {}
  std::string read(const std::filesystem::path& relative);

  base::Fd directory_;
  std::filesystem::path path_;
  unsigned number_ = 0;  // of the machine
  base::Fd machine_;
  std::vector<std::string> warnings_;
};

}  // namespace quiz::openzfs
