#include "cli/run_display.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "base/printable.h"
#include "cli/kernel_hints.h"

namespace quiz::cli {

namespace {

constexpr std::size_t kHeldLines = 1000;
/// What waits for the reader.
constexpr std::size_t kMostWaiting = std::size_t{1} << 20;

}  // namespace

void RunDisplay::print(const std::string& line) {
  if (!stream_) return;
  stream_->flush();
  if (stream_->waiting() > kMostWaiting) {
    ++missing_;
    return;
  }
  tell_missing();
  // On a raw terminal a line feed alone does not return the carriage.
  stream_->add(base::printable(line) + (options_.terminal ? "\r\n" : "\n"));
}

void RunDisplay::tell_missing() {
  if (missing_ == 0) return;
  stream_->add("quiz: " + std::to_string(missing_) + " lines are missing here" +
               (options_.terminal ? "\r\n" : "\n"));
  missing_ = 0;
}

void RunDisplay::finish() {
  if (!stream_) return;
  tell_missing();
  while (stream_->wants_write() >= 0) {
    pollfd reader = {stream_->wants_write(), POLLOUT, 0};
    if (::poll(&reader, 1, -1) > 0) stream_->flush();
  }
}

void RunDisplay::console_line(const std::string& line) {
  if (options_.boot && !started_) print(line);
}

void RunDisplay::kernel_message(int, const std::string& text) {
  show_kernel_line("kernel: " + text);
  const std::string_view hint = kernel_hint(text);
  if (!hint.empty() && hints_.insert(hint).second) show_kernel_line("quiz: " + std::string(hint));
}

void RunDisplay::show_kernel_line(const std::string& line) {
  if (!raw_) {
    print(line);
  } else if (held_.size() < kHeldLines) {
    held_.push_back(line);
  } else {
    ++dropped_;
  }
}

void RunDisplay::notice(const std::string& text) { print("quiz: " + text); }

void RunDisplay::stays(const std::string& name) {
  notice("the machine " + name + " stays: `quiz vm exec " + name +
         "` enters it from another terminal, Ctrl-C here or `quiz vm stop " + name + "` ends it");
}

void RunDisplay::left(const std::string& name) {
  const std::string words = fmt::format(
      "\nquiz: detached; the machine goes on: `quiz vm attach {0}` comes back, `quiz vm stop {0}` "
      "ends it\n",
      name);
  (void)!::write(STDOUT_FILENO, words.data(), words.size());  // the terminal
  if (options_.terminal) {
    finish();
    stream_.reset();
  }
  if (options_.leave) options_.leave();
}

void RunDisplay::program_started() {
  started_ = true;
  reporter_.step({});  // whatever was shown makes room for the program
}

void RunDisplay::terminal_raw(bool raw) {
  raw_ = raw;
  if (raw) return;
  for (const std::string& line : held_) print(line);
  if (dropped_ > 0) print("quiz: and " + std::to_string(dropped_) + " kernel messages more");
  held_.clear();
  dropped_ = 0;
}

}  // namespace quiz::cli
