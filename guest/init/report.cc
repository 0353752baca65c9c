#include "report.h"

#include <fcntl.h>
#include <sys/reboot.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/fd.h"

namespace quiz::init {

void report(const std::string& text) {
  const std::string line = "<3>quiz-init: " + text + "\n";
  const base::Fd kmsg(::open("/dev/kmsg", O_WRONLY | O_CLOEXEC));
  if (kmsg && ::write(kmsg.get(), line.data(), line.size()) > 0) return;
  (void)!::write(STDERR_FILENO, line.data() + 3, line.size() - 3);
}

void fail(const std::string& what) { fail_without_errno(what + ": " + std::strerror(errno)); }

void fail_without_errno(const std::string& what) {
  report(what);
  power_off();
}

void power_off() {
  ::reboot(RB_POWER_OFF);
  for (;;) ::pause();
}

}  // namespace quiz::init
