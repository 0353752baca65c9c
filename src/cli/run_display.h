// What a run shows on stderr while it goes on: boot lines with -v, kernel messages, notices; kernel
// messages are held back while the terminal belongs to the program.
#pragma once

#include <string>
#include <vector>

#include "base/reporter.h"
#include "run/relay.h"

namespace quiz::cli {

class RunDisplay final : public run::Observer {
 public:
  struct Options {
    bool boot = false;      ///< show the console until the program starts
    bool terminal = false;  ///< stderr is a terminal
  };
  RunDisplay(const Options& options, base::Reporter& reporter)
      : options_(options), reporter_(reporter) {}

  void console_line(const std::string& line) override;
  void kernel_message(int level, const std::string& text) override;
  void notice(const std::string& text) override;
  void program_started() override;
  void terminal_raw(bool raw) override;

 private:
  void print(const std::string& line) const;

  Options options_;
  base::Reporter& reporter_;
  bool started_ = false;
  bool raw_ = false;
  std::vector<std::string> held_;
  std::size_t dropped_ = 0;
};

}  // namespace quiz::cli
