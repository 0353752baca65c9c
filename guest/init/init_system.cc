#include "init_system.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "files.h"
#include "launcher.h"
#include "report.h"

namespace quiz::init {

namespace {

constexpr std::array<const char*, 3> kTini = {"/usr/bin/tini", "/usr/bin/tini-static",
                                              "/sbin/tini"};
constexpr std::array<const char*, 3> kSystemd = {"/usr/lib/systemd/systemd", "/lib/systemd/systemd",
                                                 "/lib/systemd/systemd"};

const std::array<const char*, 3>& places(wire::InitSystem system) {
  return system == wire::InitSystem::systemd ? kSystemd : kTini;
}

/// The unit in which programs run, and the target that systemd boots: the root's multi-user target
/// first, then that unit.
void write_units() {
  const std::string directory = "/run/systemd/system";
  make_directories(directory);
  const std::string service =
      "[Unit]\nDescription=Programs of quiz\nAfter=multi-user.target\n\n"
      "[Service]\nExecStart=" +
      std::string(kLauncherProgram) + " " + kLauncherWord +
      "\nStandardOutput=null\nStandardError=null\nDelegate=yes\nTasksMax=infinity\n"
      "OOMPolicy=continue\nKillMode=none\n";
  const std::string target =
      "[Unit]\nDescription=quiz\nWants=multi-user.target quiz.service\nAfter=multi-user.target "
      "quiz.service\nAllowIsolate=yes\n";
  if (!write_file(directory + "/quiz.service", service) ||
      !write_file(directory + "/quiz.target", target)) {
    fail("cannot write systemd's units");
  }
}

std::vector<const char*> command(wire::InitSystem system, const std::string& program) {
  if (system == wire::InitSystem::systemd) {
    // What it says before there is a journal would be shown as the kernel's words: only errors.
    return {program.c_str(), "--unit=quiz.target", "--show-status=no", "--log-level=err", nullptr};
  }
  return {program.c_str(), "--", kLauncherProgram, kLauncherWord, nullptr};
}

}  // namespace

std::string find_init_system(wire::InitSystem system) {
  for (const char* path : places(system)) {
    if (::access(path, X_OK) == 0) return path;
  }
  return {};
}

void start_init_system(wire::InitSystem system) {
  const std::string program = find_init_system(system);
  if (program.empty()) {
    fail_without_errno(system == wire::InitSystem::systemd ? "the root has no systemd"
                                                           : "the root has no tini");
  }
  if (system == wire::InitSystem::systemd) write_units();
  const pid_t pid = ::fork();
  if (pid < 0) fail("cannot fork");
  if (pid == 0) {
    ::prctl(PR_SET_NAME, "quiz-agent");
    ::setsid();
    return;
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const auto words = command(system, program);
  char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  char terminal[] = "TERM=linux";
  std::array<char*, 3> environment = {path, terminal, nullptr};
  ::execve(program.c_str(), const_cast<char* const*>(words.data()), environment.data());
  fail("cannot run " + program);
}

}  // namespace quiz::init
