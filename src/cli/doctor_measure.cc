#include "cli/doctor_measure.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "base/child.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/files.h"
#include "base/lines.h"
#include "config/settings.h"
#include "config/values.h"
#include "kvm/acceleration_probe.h"

namespace quiz::cli {

namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kArea = std::size_t{32} << 20;
/// A read fault of a file brings in so much (fault_around_bytes of Linux).
constexpr std::size_t kFaultAround = std::size_t{64} << 10;

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

/// Memory that is unmapped again; small pages only.
class Area {
 public:
  Area(int flags, int fd) : address_(::mmap(nullptr, kArea, PROT_READ | PROT_WRITE, flags, fd, 0)) {
    if (address_ == MAP_FAILED) throw base::SystemError("cannot get 32 MiB of memory");
    ::madvise(address_, kArea, MADV_NOHUGEPAGE);
  }
  Area(const Area&) = delete;
  Area& operator=(const Area&) = delete;
  ~Area() { ::munmap(address_, kArea); }

  /// Microseconds of each touch, `step` bytes apart.
  double touch(std::size_t step, bool write) {
    auto* const bytes = static_cast<volatile char*>(address_);
    const Clock::time_point begin = Clock::now();
    for (std::size_t at = 0; at < kArea; at += step) {
      if (write) {
        bytes[at] = 1;
      } else {
        (void)bytes[at];
      }
    }
    return milliseconds_since(begin) * 1000 / static_cast<double>(kArea / step);
  }

 private:
  void* address_;
};

/// The value of the first line of a file of /proc that begins so: "model name : …".
std::string value_of(const std::string& text, std::string_view begin) {
  for (const std::string& line : base::lines_of(text)) {
    if (line.starts_with(begin)) return line.substr(std::min(line.find(": ") + 2, line.size()));
  }
  return "unknown";
}

std::string row(const std::string& what, const std::string& value) {
  return fmt::format("| {} | {} |\n", what, value);
}

/// Each kind of page fault, and the same memory got in one call.
std::string page_fault_rows() {
  const base::Fd file(::memfd_create("quiz-measure", MFD_CLOEXEC));
  if (!file || ::ftruncate(file.get(), kArea) != 0) throw base::SystemError("cannot make a file");
  Area(MAP_SHARED, file.get()).touch(kPage, true);  // it has pages now

  const auto us = [](double value) { return fmt::format("{:.2f} µs", value); };
  std::string rows;
  rows += row("page fault, anonymous", us([] {
                Area area(MAP_PRIVATE | MAP_ANONYMOUS, -1);
                return area.touch(kPage, true);
              }()));
  Area copied(MAP_PRIVATE, file.get());
  rows += row("page fault, 16 pages of a file", us(copied.touch(kFaultAround, false)));
  rows += row("page fault, copy on write", us(copied.touch(kPage, true)));
  const Clock::time_point begin = Clock::now();
  const Area populated(MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1);
  return rows +
         row("32 MiB populated in one call", fmt::format("{:.1f} ms", milliseconds_since(begin)));
}

/// One run of a program with all that it started.
struct Cost {
  double ms = 0;
  long faults = 0;
};

long faults_of_children() {
  rusage usage = {};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  return usage.ru_minflt + usage.ru_majflt;
}

base::Captured captured(const std::vector<std::string>& arguments) {
  base::SpawnOptions options;
  options.arguments = arguments;
  return base::run_and_capture(std::move(options));
}

Cost cost_of(const std::vector<std::string>& arguments) {
  const long before = faults_of_children();
  const Clock::time_point begin = Clock::now();
  const base::Captured run = captured(arguments);
  const Cost cost = {milliseconds_since(begin), faults_of_children() - before};
  if (!run.status.success()) {
    throw base::Error(fmt::format("{} {}", fmt::join(arguments, " "), run.status.describe()),
                      run.errors.substr(0, run.errors.find('\n')));
  }
  return cost;
}

std::string cost_row(const std::string& what, const std::vector<std::string>& arguments,
                     std::size_t times) {
  std::vector<double> ms;
  std::vector<long> faults;
  for (std::size_t i = 0; i < times; ++i) {
    const Cost cost = cost_of(arguments);
    ms.push_back(cost.ms);
    faults.push_back(cost.faults);
  }
  std::sort(ms.begin(), ms.end());
  std::sort(faults.begin(), faults.end());
  return row(what, fmt::format("{:.1f} ms ({:.1f} to {:.1f}, {} runs), {} page faults",
                               ms[times / 2], ms.front(), ms.back(), times, faults[times / 2]));
}

std::string machine_rows(const Context& context) {
  const std::string cpu = base::read_file_if_exists("/proc/cpuinfo").value_or("");
  const bool is_virtual = cpu.find(" hypervisor") != std::string::npos;
  utsname name = {};
  ::uname(&name);
  const base::Captured qemu = captured({context.settings.qemu.value, "--version"});
  return row("processor", fmt::format("{}, {} CPUs, {}", value_of(cpu, "model name"),
                                      std::thread::hardware_concurrency(),
                                      is_virtual ? "of a virtual machine" : "of a real one")) +
         row("kernel", fmt::format("{} {}", name.sysname, name.release)) +
         row("memory",
             value_of(base::read_file_if_exists("/proc/meminfo").value_or(""), "MemTotal")) +
         row("QEMU", qemu.output.substr(0, qemu.output.find('\n'))) +
         row("/dev/kvm", kvm::probe_acceleration().explanation);
}

}  // namespace

std::string measured_table(const Context& context) {
  const config::Settings& settings = context.settings;
  std::vector<std::string> quiz = {"/proc/self/exe", "-q"};
  if (!settings.kernel.value.empty()) quiz.insert(quiz.end(), {"-k", settings.kernel.value});
  quiz.push_back(
      fmt::format("--accel={}",
                  config::kAcceleratorNames[static_cast<std::size_t>(settings.accelerator.value)]));
  const auto with = [&](std::vector<std::string> words) {
    words.insert(words.begin(), quiz.begin(), quiz.end());
    return words;
  };
  constexpr std::size_t kManyRuns = 20;
  constexpr std::size_t kWarmRuns = 10;
  constexpr std::size_t kColdRuns = 3;

  base::Reporter& reporter = context.reporter;
  reporter.step("measuring page faults");
  std::string table =
      "| what | this machine |\n| --- | --- |\n" + machine_rows(context) + page_fault_rows();
  reporter.step("measuring starts");
  table += cost_row("QEMU, --version", {settings.qemu.value, "--version"}, kManyRuns);
  table += cost_row("quiz --version", {"/proc/self/exe", "--version"}, kManyRuns);
  cost_of(with({"true"}));  // the image is there now
  table += cost_row("quiz true, warm", with({"true"}), kWarmRuns);
  table += cost_row("quiz true, cold", with({"--cold", "true"}), kColdRuns);
  reporter.step("");
  return table;
}

}  // namespace quiz::cli
