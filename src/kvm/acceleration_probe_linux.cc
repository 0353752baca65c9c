#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "base/pipe.h"
#include "base/sha256.h"
#include "kvm/acceleration_probe.h"
#include "kvm/probe_loop.h"

namespace quiz::kvm {

namespace fs = std::filesystem;

namespace {

/// The child is killed after this: the interrupt itself may not work.
constexpr int kGiveUpMs = 200;
/// The same for who insists: within an emulated machine a virtual one alone takes 400 ms to make.
constexpr int kPatienceMs = 20'000;
/// Hardware that is slow (nested, busy) does hundreds of millions a second; interpreters do about
/// one.
constexpr double kUsableRate = 50;
constexpr double kInterpreterRate = 5;
/// So often a rate is measured that may be the fault of other load.
constexpr int kAttempts = 3;
constexpr char kNoDevice[] = "there is no /dev/kvm";

[[noreturn]] void run_probe_child(int result) {
  Finding finding = {};
  run_probe_loop(finding);
  (void)!::write(result, &finding, sizeof finding);
  ::_exit(0);
}

struct Attempt {
  Acceleration acceleration;
  std::uint32_t iterations = 0;  ///< of the loop, for however long
};

Attempt failed(std::string explanation, std::string remedy) {
  Attempt attempt;
  attempt.acceleration.explanation = std::move(explanation);
  attempt.acceleration.remedy = std::move(remedy);
  return attempt;
}

/// What a person does about a problem with this error.
std::string remedy_for(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
      return "join the group of /dev/kvm: sudo usermod -aG kvm $USER, then log in again";
    case EBUSY:
      return "another hypervisor (VirtualBox, VMware) holds the CPU's virtualization: end its "
             "machines, or unload its modules";
    case ENODEV:
    case ENXIO:
      return "its driver is not there: sudo modprobe kvm_intel, or kvm_amd";
    default:
      return "everything works without it, more slowly; `dmesg | grep -i kvm` may say more";
  }
}

/// Without the device: does the CPU have what it takes?
std::string remedy_for_none() {
  const std::string cpu = base::read_file_if_exists("/proc/cpuinfo").value_or("");
  for (const auto& [flag, module] : {std::pair(" vmx ", "kvm_intel"), {" svm ", "kvm_amd"}}) {
    if (cpu.find(flag) != std::string::npos) {
      return fmt::format("this CPU has hardware virtualization: sudo modprobe {}", module);
    }
  }
  return "everything works, more slowly; hardware virtualization would have to be enabled in the "
         "firmware, or passed on by the hypervisor around this machine";
}

Attempt probe_once(int give_up_ms) {
  base::Pipe pipe = base::make_pipe();
  const pid_t pid = ::fork();
  if (pid < 0) return failed("the probe of /dev/kvm cannot be started", "");
  if (pid == 0) run_probe_child(pipe.write_end.get());
  pipe.write_end.reset();

  Finding finding = {};
  pollfd polled = {pipe.read_end.get(), POLLIN, 0};
  const bool answered = ::poll(&polled, 1, give_up_ms) > 0 &&
                        ::read(pipe.read_end.get(), &finding, sizeof finding) == sizeof finding;
  ::kill(pid, SIGKILL);
  if (answered) ::waitpid(pid, nullptr, 0);
  // A child that hangs inside the device may not die at once: then init reaps it after us.
  if (!answered) {
    ::waitpid(pid, nullptr, WNOHANG);
    return failed("/dev/kvm does not answer in time",
                  "on a busy machine, or in one that is itself virtual, it may work all the same: "
                  "--accel=kvm insists");
  }
  if (finding.problem[0] != '\0') {
    std::string explanation = fmt::format("/dev/kvm cannot be used: {}", finding.problem);
    if (finding.error != 0) explanation += fmt::format(": {}", std::strerror(finding.error));
    return failed(std::move(explanation), remedy_for(finding.error));
  }
  return {judge(finding.measurement), finding.measurement.iterations};
}

/// Everything that the answer depends on, as far as it can be known without asking the device.
std::string cache_key(const fs::path& path) {
  struct stat device = {};
  if (::stat(path.c_str(), &device) != 0) return {};
  const bool ours = ::faccessat(AT_FDCWD, path.c_str(), R_OK | W_OK, AT_EACCESS) == 0;
  utsname name = {};
  ::uname(&name);
  std::string cpu = base::read_file_if_exists("/proc/cpuinfo").value_or("");
  cpu.resize(std::min(cpu.find("cpu MHz"), cpu.size()));  // the first CPU's model and microcode
  return base::sha256(fmt::format("{} {} {} {:o} {} {} {} {}", name.release, name.version, cpu,
                                  device.st_mode, device.st_uid, device.st_gid, ::geteuid(), ours));
}

}  // namespace

Acceleration judge(const Measurement& measurement) {
  Acceleration acceleration;
  if (measurement.seconds > 0) {
    acceleration.million_per_s = measurement.iterations / measurement.seconds / 1e6;
  }
  acceleration.usable = acceleration.million_per_s >= kUsableRate;
  const bool certain = measurement.iterations > 0 && measurement.cpu_seconds > 0 &&
                       measurement.iterations / measurement.cpu_seconds / 1e6 < kInterpreterRate;
  acceleration.lasting = acceleration.usable || certain;
  acceleration.explanation = fmt::format("/dev/kvm {}: {:.2f} million loop iterations a second",
                                         acceleration.usable ? "accelerates" : "only interprets",
                                         acceleration.million_per_s);
  if (!acceleration.usable) {
    acceleration.remedy = "emulation is quicker than that; --accel=kvm insists on it";
  }
  return acceleration;
}

Acceleration probe_acceleration() {
  if (::access("/dev/kvm", F_OK) != 0) return {false, 0, kNoDevice, false, remedy_for_none()};
  Attempt best = probe_once(kGiveUpMs);
  // Problems are no matter of load.
  for (int i = 1; i < kAttempts && best.iterations > 0 && !best.acceleration.lasting; ++i) {
    Attempt next = probe_once(kGiveUpMs);
    const bool better = next.acceleration.million_per_s > best.acceleration.million_per_s;
    if (next.acceleration.lasting || better) best = std::move(next);
  }
  return best.acceleration;
}

std::string why_nothing_runs() {
  if (::access("/dev/kvm", F_OK) != 0) return kNoDevice;
  const Attempt attempt = probe_once(kPatienceMs);
  return attempt.iterations > 0 ? std::string() : attempt.acceleration.explanation;
}

Acceleration cached_acceleration(const fs::path& cache, const fs::path& device,
                                 const std::function<Acceleration()>& probe) {
  const std::string key = cache_key(device);
  if (key.empty()) return probe();
  const fs::path file = cache / "acceleration";
  // One line: KEY USABLE RATE EXPLANATION
  try {
    const std::string known = base::read_file_if_exists(file).value_or("");
    if (known.starts_with(key + " ")) {
      Acceleration acceleration;
      int usable = 0;
      int offset = 0;
      if (std::sscanf(known.c_str() + key.size(), " %d %lf %n", &usable,
                      &acceleration.million_per_s, &offset) == 2) {
        acceleration.usable = usable == 1;
        acceleration.lasting = true;
        acceleration.explanation = known.substr(key.size() + static_cast<std::size_t>(offset));
        return acceleration;
      }
    }
  } catch (const base::Error&) {  // an unreadable cache is none
  }
  const Acceleration acceleration = probe();
  if (!acceleration.lasting) return acceleration;
  try {
    base::make_directories(cache);
    base::write_file_atomically(file,
                                fmt::format("{} {} {} {}", key, acceleration.usable ? 1 : 0,
                                            acceleration.million_per_s, acceleration.explanation));
  } catch (const base::Error&) {  // it will be measured again
  }
  return acceleration;
}

}  // namespace quiz::kvm
