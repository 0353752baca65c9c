// base::Reporter for a person at stderr. On a terminal the step that is under way is one line that
// is rewritten in place and gone afterwards; elsewhere it is one plain line. Steps that are over at
// once are not shown at all, except with -v.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "base/reporter.h"

namespace quiz::cli {

class TerminalReporter final : public base::Reporter {
 public:
  struct Options {
    int fd = 2;  ///< not owned
    bool terminal = false;
    bool colour = false;
    bool quiet = false;                    ///< nothing at all: errors are not this class's
    bool verbose = false;                  ///< details, and every step at once
    std::chrono::milliseconds delay{300};  ///< how long a step stays unmentioned
  };
  explicit TerminalReporter(const Options& options) : options_(options) {}
  ~TerminalReporter() override;
  TerminalReporter(const TerminalReporter&) = delete;
  TerminalReporter& operator=(const TerminalReporter&) = delete;

  /// An empty text ends the step before without beginning another: call it before anything else
  /// writes to the terminal. No thread is there after that.
  void step(const std::string& text) override;
  void progress(double fraction, const std::string& text) override;
  void warning(const std::string& text) override;
  void detail(const std::string& text) override;

 private:
  using Clock = std::chrono::steady_clock;

  void start_watch();
  void end_watch();
  void begin_step(const std::string& text);
  void watch();
  // The rest is called with mutex_ held.
  void show_step();
  void draw();
  void erase();
  void print_line(const std::string& prefix, const std::string& text);
  void write(const std::string& text) noexcept;

  const Options options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::thread watch_;  ///< shows a step that takes longer than the delay while it runs
  bool ending_ = false;
  std::string text_;      ///< the step under way; empty: none
  std::string addition_;  ///< of its progress
  double fraction_ = -1;
  bool shown_ = false;        ///< the step has been mentioned
  bool drawn_ = false;        ///< a line stands on the terminal that erase() must remove
  unsigned long number_ = 0;  ///< of the step, so that the watch knows its own
  Clock::time_point began_;
  Clock::time_point last_drawn_;
};

/// "fetching X: 45 %, 31 of 70 MB, 12 s left", cut to `columns`. The estimate appears after two
/// seconds; `fraction` is negative when it is unknown.
std::string progress_line(const std::string& text, double fraction, const std::string& addition,
                          std::chrono::duration<double> elapsed, std::size_t columns);

}  // namespace quiz::cli
