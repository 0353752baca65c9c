#include "cli/terminal_reporter.h"

#include <fmt/format.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cmath>
#include <csignal>

#include "base/files.h"
#include "base/printable.h"

namespace quiz::cli {

namespace {

constexpr std::chrono::milliseconds kRedrawInterval{100};
constexpr std::chrono::duration<double> kEstimateAfter{2};

std::size_t terminal_columns(int fd) {
  winsize size = {};
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string time_left(double seconds) {
  if (seconds < 90) return fmt::format("{:.0f} s left", std::ceil(seconds));
  return fmt::format("{:.0f} min left", std::ceil(seconds / 60));
}

/// At most `columns` characters of UTF-8, each taken to be one column wide.
std::string cut(const std::string& text, std::size_t columns) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool continuation = (static_cast<unsigned char>(text[i]) & 0xc0U) == 0x80;
    if (!continuation && ++characters > columns) return text.substr(0, i);
  }
  return text;
}

}  // namespace

TerminalReporter::~TerminalReporter() {
  {
    const std::lock_guard lock(mutex_);
    erase();
  }
  end_watch();
}

void TerminalReporter::end_watch() {
  if (!watch_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  watch_.join();
  ending_ = false;
}

void TerminalReporter::step(const std::string& text) {
  if (options_.quiet) return;
  begin_step(text);
  if (text.empty()) end_watch();
}

void TerminalReporter::begin_step(const std::string& text) {
  const std::lock_guard lock(mutex_);
  erase();
  text_ = base::printable(text);
  addition_.clear();
  fraction_ = -1;
  shown_ = false;
  ++number_;
  began_ = Clock::now();
  if (text_.empty()) return;
  if (options_.verbose || options_.delay.count() == 0) {
    show_step();
  } else {
    start_watch();
    changed_.notify_all();
  }
}

void TerminalReporter::progress(double fraction, const std::string& text) {
  if (options_.quiet || !options_.terminal) return;
  const std::lock_guard lock(mutex_);
  if (text_.empty()) return;
  fraction_ = fraction;
  addition_ = base::printable(text);
  if (shown_ && Clock::now() - last_drawn_ >= kRedrawInterval) draw();
}

void TerminalReporter::warning(const std::string& text) {
  if (options_.quiet) return;
  const std::lock_guard lock(mutex_);
  print_line(options_.colour ? "\x1b[1mquiz:\x1b[0m \x1b[33mwarning:\x1b[0m " : "quiz: warning: ",
             text);
}

void TerminalReporter::detail(const std::string& text) {
  if (!options_.verbose) return;
  const std::lock_guard lock(mutex_);
  print_line("quiz: ", text);
}

/// The thread must get none of the signals that the main thread waits for.
void TerminalReporter::start_watch() {
  if (watch_.joinable()) return;
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  watch_ = std::thread([this] { watch(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void TerminalReporter::watch() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    const unsigned long number = number_;
    const auto changed = [&] { return ending_ || number_ != number; };
    if (text_.empty() || shown_) {
      changed_.wait(lock, changed);
    } else if (!changed_.wait_until(lock, began_ + options_.delay, changed)) {
      show_step();
    }
  }
}

void TerminalReporter::show_step() {
  shown_ = true;
  if (options_.verbose || !options_.terminal) {
    write(fmt::format("quiz: {}\n", text_));
  } else {
    draw();
  }
}

void TerminalReporter::draw() {
  const std::string line = progress_line(text_, fraction_, addition_, Clock::now() - began_,
                                         terminal_columns(options_.fd) - 1);
  write("\r\x1b[K" + line);
  drawn_ = true;
  last_drawn_ = Clock::now();
}

void TerminalReporter::erase() {
  if (drawn_) write("\r\x1b[K");
  drawn_ = false;
}

void TerminalReporter::print_line(const std::string& prefix, const std::string& text) {
  const bool redraw = drawn_;
  erase();
  write(prefix + base::printable(text) + "\n");
  if (redraw) draw();
}

void TerminalReporter::write(const std::string& text) noexcept {
  try {
    base::write_all(options_.fd, text, "standard error");
  } catch (...) {
    return;  // a report that cannot be shown must not end the work
  }
}

std::string progress_line(const std::string& text, double fraction, const std::string& addition,
                          std::chrono::duration<double> elapsed, std::size_t columns) {
  std::string line = "quiz: " + text;
  std::string separator = ": ";
  const auto add = [&](const std::string& part) {
    if (part.empty()) return;
    line += separator + part;
    separator = ", ";
  };
  if (fraction >= 0) {
    const double bounded = std::clamp(fraction, 0.0, 1.0);
    add(fmt::format("{:.0f} %", std::floor(bounded * 100)));
    add(addition);
    if (elapsed >= kEstimateAfter && bounded > 0) {
      add(time_left(elapsed.count() * (1 - bounded) / bounded));
    }
  } else {
    add(addition);
  }
  return cut(line, columns);
}

}  // namespace quiz::cli
