#include "kernel_log.h"

#include <fcntl.h>
#include <syslog.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "wire/messages.h"

namespace quiz::init {

namespace {

constexpr int kLeastSevere = LOG_DEBUG;

base::Fd open_log() { return base::Fd(::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC)); }

/// The next message, if there is one.
std::optional<wire::Log> next_message(int fd) {
  char record[8192];  // the kernel's own limit is below this
  for (;;) {
    const ssize_t count = ::read(fd, record, sizeof record - 1);
    // EPIPE: records were overwritten
    if (count < 0 && (errno == EINTR || errno == EPIPE)) continue;
    if (count <= 0) return std::nullopt;
    record[count] = '\0';
    // "PRIORITY,SEQUENCE,MICROSECONDS,FLAGS…;TEXT\n KEY=VALUE\n…"
    // (Documentation/ABI/testing/dev-kmsg)
    const std::string_view text(record, static_cast<std::size_t>(count));
    const std::size_t begin = text.find(';');
    const std::size_t sequence = text.find(',');
    if (begin == std::string_view::npos || sequence > begin) continue;
    const std::size_t time = text.find(',', sequence + 1);
    wire::Log log;
    log.level = static_cast<std::uint8_t>(std::atoi(record) & 7);
    if (time < begin) log.time_us = std::strtoull(record + time + 1, nullptr, 10);
    log.text = text.substr(begin + 1, text.find('\n', begin) - begin - 1);
    return log;
  }
}

/// What a module from outside the kernel's tree always makes the kernel say: no warning to those
/// who load it. That lock debugging ends with it is one, where the kernel has any.
bool tells_of_a_foreign_module(std::string_view text) {
  if (text.ends_with(" taints kernel.")) return true;
  return text == "Disabling lock debugging due to kernel taint" &&
         ::access("/proc/lockdep_stats", F_OK) != 0;
}

/// What the kernel says on PCs where SIGILL ends a program that nobody may wait for:
/// "traps: name[12] trap invalid opcode ip:…".
bool tells_of_illegal_instruction(std::string_view text) {
  return text.starts_with("traps: ") && text.find("] trap invalid opcode ") != text.npos;
}

}  // namespace

KernelLog::KernelLog() : fd_(open_log()) {}

void KernelLog::begin(int level) {
  level_ = level;
  if (level <= 0) fd_.reset();
  if (fd_) ::lseek(fd_.get(), 0, SEEK_END);
}

void KernelLog::forward(WirePort& port) {
  while (const auto log = next_message(fd_.get())) {
    illegal_instruction_ = illegal_instruction_ || tells_of_illegal_instruction(log->text);
    if (log->level >= level_) continue;
    if (level_ > kLeastSevere || !tells_of_a_foreign_module(log->text))
      port.send(wire::Type::log, 0, log->encode());
  }
}

void KernelLog::send_all(WirePort& port) {
  const base::Fd fd = open_log();
  while (const auto log = fd ? next_message(fd.get()) : std::nullopt) {
    port.send(wire::Type::boot_log, 0, log->encode());
  }
  port.send(wire::Type::boot_log, 0, {});
}

}  // namespace quiz::init
