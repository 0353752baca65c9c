// The guest's PID 1. Stage 1: modules, the kernel's file systems, the wire. Then the host says what
// `/` shall be and who we are; stage 2 builds that, and from there on PID 1 runs programs and
// reaps.
//
// One static binary, no shell and no forks of its own: under software emulation every fork and exec
// of a dynamic program costs 20-100 ms. Only system calls that Linux 4.19 has.
#include <sys/reboot.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <cstring>
#include <memory>

#include "console_shell.h"
#include "files.h"
#include "identity.h"
#include "init_system.h"
#include "kernel_mounts.h"
#include "launcher.h"
#include "modules.h"
#include "monotonic_clock.h"
#include "report.h"
#include "root_file_system.h"
#include "static_devices.h"
#include "supervisor.h"
#include "wire_port.h"

namespace quiz::init {
namespace {

wire::Hello make_hello() {
  wire::Hello hello;
  hello.kernel_ns = monotonic_ns();
  utsname name = {};
  ::uname(&name);
  hello.release = name.release;
  hello.clocksource = read_line("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  timespec resolution = {};
  ::clock_getres(CLOCK_MONOTONIC, &resolution);
  hello.timer_resolution_ns = static_cast<std::uint64_t>(resolution.tv_sec) * 1'000'000'000 +
                              static_cast<std::uint64_t>(resolution.tv_nsec);
  return hello;
}

/// About a second after its drivers the kernel turns to its final clock source, and to fine timers
/// with it: a host that is about to save this machine waits for that.
void greet(WirePort& port) {
  wire::Hello said = make_hello();
  port.send(wire::Type::hello, 0, said.encode());
  constexpr int kPauseMs = 20;
  constexpr int kTimes = 100;
  const auto is_final = [&] {
    return said.clocksource != "tsc-early" && said.timer_resolution_ns == 1;
  };
  for (int i = 0; i < kTimes && !is_final(); ++i) {
    if (port.has_input_within(kPauseMs)) return;
    wire::Hello now = make_hello();
    if (now.clocksource == said.clocksource &&
        now.timer_resolution_ns == said.timer_resolution_ns) {
      continue;
    }
    said = std::move(now);
    port.send(wire::Type::hello, 0, said.encode());
  }
}

wire::Setup receive_setup(WirePort& port) {
  std::string message;
  wire::Frame frame;
  while (port.wait_for_frame(frame)) {
    if (static_cast<wire::Type>(frame.type & ~wire::kMoreFollows) != wire::Type::setup) continue;
    message += frame.payload;
    if ((frame.type & wire::kMoreFollows) != 0) continue;
    const auto setup = wire::Setup::decode(message);
    if (!setup) fail_without_errno("the host's setup is not understood");
    return *setup;
  }
  fail_without_errno("the host has gone");
}

[[noreturn]] void run() {
  ::reboot(RB_DISABLE_CAD);  // Ctrl-Alt-Del is a signal, not a reboot
  load_modules();
  mount_kernel_file_systems();
  make_static_devices();
  const std::string command_line = read_line("/proc/cmdline");
  auto port = WirePort::open(command_line);
  if (!port) run_console_shell(command_line);
  Identity identity;
  RootFileSystem root(command_line);
  Supervisor supervisor(*port, root);
  greet(*port);

  // A saved machine goes on from here.
  const wire::Setup setup = receive_setup(*port);
  identity.take(setup);
  root.build(setup);
  std::unique_ptr<Launcher> launcher;
  if (setup.init != wire::InitSystem::quiz) {
    launcher = std::make_unique<Launcher>();
    start_init_system(setup.init);
  }
  supervisor.run(setup, std::move(launcher));
  fail_without_errno("the host has gone");
}

}  // namespace
}  // namespace quiz::init

int main(int argc, char** argv) {
  using namespace quiz::init;
  if (argc == 2 && std::strcmp(argv[1], kLauncherWord) == 0 && ::getpid() != 1) run_launcher();
  if (::getpid() != 1) return 1;
  run();
}
