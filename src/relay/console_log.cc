#include "relay/console_log.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/printable.h"

namespace quiz::relay {

namespace {

constexpr std::size_t kKeptLines = 5000;
constexpr std::size_t kKeptBytes = std::size_t{4} << 20;
constexpr std::size_t kLongestLine = 4096;
constexpr std::size_t kOopsContext = 3;  // lines before the cause that often belong to it

constexpr std::string_view kPanic = "Kernel panic - not syncing: ";
constexpr std::string_view kInit = "quiz-init: ";

/// How an oops begins on the architectures that Linux runs on. Lockups are not among them: a busy
/// host makes them.
constexpr auto kOops = std::to_array<std::string_view>(
    {"BUG: unable to handle", "BUG: kernel NULL pointer", "kernel BUG at",
     "Oops: ", "general protection fault",
     "BUG: KASAN:", "Internal error: ", "Unable to handle kernel", "double fault: "});
/// The last since Linux 6.9, where the machine has no power switch.
constexpr std::array<std::string_view, 3> kHalted = {
    "reboot: System halted", "reboot: Power down",
    "reboot: Power off not available: System halted instead"};

bool contains(std::string_view line, std::string_view part) {
  return line.find(part) != std::string_view::npos;
}

template <std::size_t Size>
bool contains_any(std::string_view line, const std::array<std::string_view, Size>& parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [line](std::string_view part) { return contains(line, part); });
}

/// The line without the kernel's time stamp "[    1.234567] ".
std::string_view without_time(std::string_view line) {
  if (!line.starts_with('[')) return line;
  const std::size_t end = line.find("] ");
  return end == std::string_view::npos ? line : line.substr(end + 2);
}

/// Behind the sequences by which a screen is cleared and set up.
std::string_view without_escapes(std::string_view line) {
  constexpr std::array<std::string_view, 4> kSequences = {
      "\x1b"
      "c",
      "\x1b[?7l", "\x1b[2J", "\x1b[0m"};
  for (bool found = true; found;) {
    found = false;
    for (const std::string_view sequence : kSequences) {
      if (!line.starts_with(sequence)) continue;
      line.remove_prefix(sequence.size());
      found = true;
    }
  }
  return line;
}

/// What is not SeaBIOS's in a line that comes before the kernel's first; nothing if it all is.
std::optional<std::string_view> without_firmware(std::string_view line) {
  constexpr std::string_view kBoot = "Booting from ";
  constexpr std::string_view kDots = "..";
  const std::string_view text = without_escapes(line);
  if (text.empty() || text.starts_with("SeaBIOS (version ") || text.starts_with("Machine UUID ")) {
    return std::nullopt;
  }
  if (!text.starts_with(kBoot)) return line;
  const std::size_t dots = text.find(kDots);
  if (dots == std::string_view::npos) return line;
  const std::string_view rest = without_escapes(text.substr(dots + kDots.size()));
  return rest.empty() ? std::nullopt : std::optional(rest);
}

std::string behind(std::string_view line, std::string_view marker) {
  return base::printable_line(line.substr(line.find(marker) + marker.size()));
}

}  // namespace

ConsoleLog::ConsoleLog(base::Fd file, std::function<void(const std::string&)> on_line,
                       std::uint64_t most_logged)
    : file_(std::move(file)), file_room_(most_logged), on_line_(std::move(on_line)) {}

void ConsoleLog::write_to_file(std::string_view bytes) {
  const bool too_much = bytes.size() > file_room_;
  bytes = bytes.substr(0, file_room_);
  while (file_ && !bytes.empty()) {
    const ssize_t count = ::write(file_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      file_error_ = count < 0 ? errno : ENOSPC;
      file_.reset();
      return;
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
    file_room_ -= static_cast<std::uint64_t>(count);
  }
  if (!file_ || !too_much) return;
  file_error_ = EFBIG;
  file_.reset();
}

void ConsoleLog::add(std::string_view bytes) {
  if (file_) write_to_file(bytes);
  for (const char c : bytes) {
    if (c != '\n') {
      if (c != '\r') partial_ += c;
      if (partial_.size() < kLongestLine) continue;
    }
    take_line(partial_);
    partial_.clear();
  }
}

void ConsoleLog::expect_cause() {
  if (!cause_) cause_ = dropped_ + lines_.size();
}

void ConsoleLog::take_line(std::string_view line) {
  if (before_kernel_) {
    const auto rest = without_firmware(line);
    if (!rest) return;
    line = *rest;
    before_kernel_ = false;
  }
  const std::size_t number = dropped_ + lines_.size();
  lines_.emplace_back(base::printable_line(line));
  bytes_ += lines_.back().size();
  while (lines_.size() > kKeptLines || bytes_ > kKeptBytes) {
    bytes_ -= lines_.front().size();
    lines_.pop_front();
    ++dropped_;
  }
  if (contains(line, kPanic)) {
    if (!panic_) panic_ = behind(line, kPanic);
    if (!cause_) cause_ = number - std::min(number, kOopsContext);
  } else if (!oops_ && contains_any(line, kOops)) {
    oops_ = base::printable_line(without_time(line));
    if (!cause_) cause_ = number - std::min(number, kOopsContext);
  } else if (contains_any(line, kHalted)) {
    halted_ = true;
  } else if (!init_failure_ && contains(line, kInit)) {
    init_failure_ = behind(line, kInit);
  }
  if (on_line_) on_line_(lines_.back());
}

std::vector<std::string> ConsoleLog::last_words(std::size_t count) const {
  std::size_t begin = lines_.size() - std::min(count, lines_.size());
  if (cause_ && *cause_ >= dropped_) begin = std::min(*cause_ - dropped_, lines_.size());
  return {lines_.begin() + static_cast<std::ptrdiff_t>(begin), lines_.end()};
}

}  // namespace quiz::relay
