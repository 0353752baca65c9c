#include "console_shell.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>

#include "command_line.h"
#include "identity.h"
#include "report.h"
#include "root_file_system.h"

namespace quiz::init {

void run_console_shell(const std::string& kernel_command_line) {
  wire::Setup setup;
  timespec now = {};
  ::clock_gettime(CLOCK_REALTIME, &now);
  setup.realtime_ns = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000;
  if (parameter(kernel_command_line, "quiz.root").empty()) {
    setup.exports.push_back({wire::kHostExport, "cache=none", false});
    setup.layers.push_back({wire::kHostExport, ""});
  } else {
    setup.layers.push_back({wire::kRootImage, ""});
  }
  Identity identity;
  RootFileSystem root(kernel_command_line);
  root.build(setup);
  identity.take(setup);
  report("no host answers on the wire: a shell on the console instead");

  const pid_t pid = ::fork();
  if (pid == 0) {
    ::setsid();
    const int console = ::open("/dev/console", O_RDWR);
    ::ioctl(console, TIOCSCTTY, 1);
    for (int fd = 0; fd < 3; ++fd) ::dup2(console, fd);
    ::setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
    ::setenv("HOME", "/root", 1);
    ::setenv("TERM", "vt102", 1);
    ::execl("/bin/sh", "-sh", static_cast<char*>(nullptr));
    ::_exit(127);
  }
  for (;;) {
    const pid_t ended = ::wait(nullptr);
    if (ended == pid || ended < 0) break;
  }
  power_off();
}

}  // namespace quiz::init
