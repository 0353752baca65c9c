#include "kernel_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "wire/messages.h"

namespace quiz::init {

KernelLog::KernelLog(int level) : level_(level) {
  if (level <= 0) return;
  fd_.reset(::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (fd_) ::lseek(fd_.get(), 0, SEEK_END);
}

void KernelLog::forward(WirePort& port) {
  char record[8192];  // the kernel's own limit is below this
  for (;;) {
    const ssize_t count = ::read(fd_.get(), record, sizeof record - 1);
    // EPIPE: records were overwritten
    if (count < 0 && (errno == EINTR || errno == EPIPE)) continue;
    if (count <= 0) return;
    // "PRIORITY,SEQUENCE,MICROSECONDS,FLAGS…;TEXT\n KEY=VALUE\n…"
    // (Documentation/ABI/testing/dev-kmsg)
    const std::string_view text(record, static_cast<std::size_t>(count));
    const int level = std::atoi(record) & 7;
    const std::size_t begin = text.find(';');
    if (level >= level_ || begin == std::string_view::npos) continue;
    wire::Log log;
    log.level = static_cast<std::uint8_t>(level);
    log.text = text.substr(begin + 1, text.find('\n', begin) - begin - 1);
    port.send(wire::Type::log, 0, log.encode());
  }
}

}  // namespace quiz::init
