// All directories of a run that its guest may write, that of --output and those of -w, as one: each
// is watched and taken by itself (output_directory.h). run.cc owns it, the relay looks.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "relay/output_look.h"
#include "run/output_directory.h"
#include "run/request.h"

namespace quiz::run {

class WritableDirectories {
 public:
  /// Throws base::Error.
  explicit WritableDirectories(const Request& request);

  /// Whether there is one.
  explicit operator bool() const { return !watched_.empty(); }
  /// At the one whose turn it is. There must be one.
  relay::OutputLook look();
  /// When the machine has ended. Returns what a person should know.
  std::vector<std::string> take();
  /// After take(): why there is too much in one of them; empty: there is not.
  std::string complaint() const;

 private:
  struct Watched {
    std::unique_ptr<OutputDirectory> directory;
    std::chrono::steady_clock::time_point due{};
  };
  std::vector<Watched> watched_;
};

}  // namespace quiz::run
