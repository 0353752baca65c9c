// What a run shows on stderr while it goes on: boot lines with -v, kernel messages, notices; kernel
// messages are held back while the terminal belongs to the program. A guest may have no end of
// things to say, and whoever reads stderr may read nothing: then the rest is dropped and counted,
// and the run is not held up.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/reporter.h"
#include "relay/output_stream.h"
#include "relay/relay.h"

namespace quiz::cli {

class RunDisplay final : public relay::Observer {
 public:
  struct Options {
    bool boot = false;      ///< show the console until the program starts
    bool terminal = false;  ///< stderr is a terminal
    /// Where the terminal can be left: ends what waits at it.
    std::function<void()> leave{};
  };
  RunDisplay(const Options& options, base::Reporter& reporter)
      : options_(options), reporter_(reporter) {}

  /// Waits until the reader has taken everything.
  void finish();

  void console_line(const std::string& line) override;
  void kernel_message(int level, const std::string& text) override;
  void notice(const std::string& text) override;
  void program_started() override;
  void stays(const std::string& name) override;
  void left(const std::string& name) override;
  void terminal_raw(bool raw) override;

 private:
  void print(const std::string& line);
  /// At once, or as soon as the terminal is not the program's.
  void show_kernel_line(const std::string& line);
  /// Tells how many lines are missing here, if any are.
  void tell_missing();

  Options options_;
  std::optional<relay::OutputStream> stream_{2};  // none: it was a terminal, and has been left
  std::size_t missing_ = 0;
  base::Reporter& reporter_;
  bool started_ = false;
  bool raw_ = false;
  std::vector<std::string> held_;
  std::size_t dropped_ = 0;
  std::set<std::string_view> hints_;  // that were given: each once
};

}  // namespace quiz::cli
