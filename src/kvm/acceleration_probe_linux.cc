#include <fcntl.h>
#include <fmt/format.h>
#include <linux/kvm.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "base/pipe.h"
#include "base/sha256.h"
#include "kvm/acceleration_probe.h"

namespace quiz::kvm {

namespace fs = std::filesystem;

namespace {

constexpr std::uint32_t kIterations = 1'000'000;
/// Hardware needs about a millisecond for the loop; who has not finished it by then interprets.
constexpr int kInterruptMs = 50;
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

/// mov ecx, kIterations; loop: dec ecx; jnz loop; hlt — in 16-bit mode with 32-bit operands.
constexpr std::uint8_t kLoop[] = {0x66, 0xb9, 0x40, 0x42, 0x0f, 0x00, 0x66, 0x49, 0x75, 0xfc, 0xf4};
static_assert(kIterations == 0x000f4240);

/// What the child found; sent through a pipe.
struct Finding {
  Measurement measurement;
  int error;  // with the problem; 0: none
  char problem[64];
};

void note_problem(Finding& finding, const char* text, int error = 0) {
  std::strncpy(finding.problem, text, sizeof finding.problem - 1);
  finding.error = error;
}

/// KVM_RUN returns EINTR then. Not before: a virtual machine cannot be made amid signals.
void interrupt_soon() {
  struct sigaction action = {};
  action.sa_handler = [](int) {};  // no SA_RESTART
  ::sigaction(SIGALRM, &action, nullptr);
  const itimerval alarm = {{0, 10'000}, {0, kInterruptMs * 1000L}};
  ::setitimer(ITIMER_REAL, &alarm, nullptr);
}

double thread_cpu_seconds() {
  timespec time = {};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

void run_loop(Finding& finding) {
  constexpr std::size_t kPage = 4096;
  constexpr std::uint64_t kAddress = 0x1000;
  const base::Fd kvm(::open("/dev/kvm", O_RDWR | O_CLOEXEC));
  if (!kvm) return note_problem(finding, "it does not open", errno);
  const base::Fd vm(::ioctl(kvm.get(), KVM_CREATE_VM, 0));
  const base::Fd vcpu(vm ? ::ioctl(vm.get(), KVM_CREATE_VCPU, 0) : -1);
  void* memory = ::mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const int size = ::ioctl(kvm.get(), KVM_GET_VCPU_MMAP_SIZE, 0);
  if (!vcpu || memory == MAP_FAILED || size <= 0) {
    return note_problem(finding, "it creates no virtual CPU", errno);
  }
  void* state = ::mmap(nullptr, static_cast<std::size_t>(size), PROT_READ | PROT_WRITE, MAP_SHARED,
                       vcpu.get(), 0);
  std::memcpy(memory, kLoop, sizeof kLoop);
  kvm_userspace_memory_region region = {};
  region.guest_phys_addr = kAddress;
  region.memory_size = kPage;
  region.userspace_addr = reinterpret_cast<std::uint64_t>(memory);
  kvm_sregs segments = {};
  kvm_regs registers = {};
  registers.rip = kAddress;
  registers.rflags = 2;
  if (state == MAP_FAILED || ::ioctl(vm.get(), KVM_SET_USER_MEMORY_REGION, &region) != 0 ||
      ::ioctl(vcpu.get(), KVM_GET_SREGS, &segments) != 0) {
    return note_problem(finding, "it takes no memory");
  }
  segments.cs.base = 0;
  segments.cs.selector = 0;
  if (::ioctl(vcpu.get(), KVM_SET_SREGS, &segments) != 0 ||
      ::ioctl(vcpu.get(), KVM_SET_REGS, &registers) != 0) {
    return note_problem(finding, "it takes no registers");
  }
  interrupt_soon();
  const double cpu_begin = thread_cpu_seconds();
  const auto begin = std::chrono::steady_clock::now();
  const int result = ::ioctl(vcpu.get(), KVM_RUN, 0);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  finding.measurement.seconds = taken.count();
  finding.measurement.cpu_seconds = thread_cpu_seconds() - cpu_begin;
  if (result != 0 && errno != EINTR)
    return note_problem(finding, "its virtual CPU does not run", errno);
  if (::ioctl(vcpu.get(), KVM_GET_REGS, &registers) != 0) {
    return note_problem(finding, "it gives no registers");
  }
  if (result == 0 && static_cast<kvm_run*>(state)->exit_reason != KVM_EXIT_HLT) {
    return note_problem(finding, "its virtual CPU fails");
  }
  finding.measurement.iterations = kIterations - static_cast<std::uint32_t>(registers.rcx);
}

[[noreturn]] void run_probe_child(int result) {
  Finding finding = {};
  run_loop(finding);
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
