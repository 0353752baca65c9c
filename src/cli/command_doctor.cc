// `quiz doctor`: what this machine offers, each finding with its remedy.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>

#include "base/child.h"
#include "base/error.h"
#include "base/files.h"
#include "base/host_clock.h"
#include "base/umask.h"
#include "cli/command.h"
#include "cli/doctor_measure.h"
#include "cli/standard_streams.h"
#include "config/settings.h"
#include "confinement/confinement.h"
#include "kernel/store.h"
#include "kvm/acceleration_probe.h"
#include "openzfs/checkout.h"
#include "openzfs/needs.h"
#include "qemu/warm_image.h"
#include "root/sharing.h"
#include "root/store.h"
#include "run/closed_directories.h"
#include "run/hidden_paths.h"
#include "run/instance.h"
#include "run/places.h"

namespace quiz::cli {

namespace {

namespace fs = std::filesystem;

/// What was found about one thing.
struct Finding {
  enum class Grade { good, worse, bad };
  Grade grade = Grade::good;
  std::string subject;
  std::string text;
  std::string remedy;  ///< for what is not good
};

Finding examine_qemu(const Context& context) {
  const std::string& program = context.settings.qemu.value;
  Finding finding{Finding::Grade::bad, "QEMU", program + " is not there",
                  fmt::format("install it (Debian: apt install {}), or name it with --qemu",
                              base::host_architecture().qemu_package)};
  const auto path = base::find_program(program);
  if (!path) return finding;
  base::SpawnOptions options;
  options.arguments = {*path, "--version"};
  const base::Captured captured = base::run_and_capture(options);
  if (!captured.status.success()) {
    finding.text = *path + " " + captured.status.describe();
    return finding;
  }
  return {Finding::Grade::good,
          "QEMU",
          *path + ": " + captured.output.substr(0, captured.output.find('\n')),
          {}};
}

Finding examine_accelerator() {
  // Measured anew: who asks the doctor wants to know how it is now.
  const kvm::Acceleration acceleration = kvm::probe_acceleration();
  if (acceleration.usable)
    return {Finding::Grade::good, "accelerator", "KVM: " + acceleration.explanation, {}};
  return {Finding::Grade::worse, "accelerator",
          "TCG (QEMU's own emulation): " + acceleration.explanation, acceleration.remedy};
}

Finding examine_clock(const Context& context) {
  const std::uint64_t khz = base::tsc_khz(context.paths.cache);
  return {Finding::Grade::good,
          "clock",
          khz > 0 ? fmt::format("time stamp counter at {:.3f} MHz", static_cast<double>(khz) / 1000)
                  : "no time stamp counter: guests calibrate their own",
          {}};
}

Finding examine_kernels(const Context& context) {
  const kernel::Store store(context.paths.data);
  const auto kernels = store.list();
  if (kernels.empty()) {
    return {Finding::Grade::worse, "kernels", "the store is empty: " + store.directory().string(),
            "the first run fetches Debian's; or now: quiz kernel fetch"};
  }
  std::string names;
  for (const auto& kernel : kernels) names += (names.empty() ? "" : ", ") + kernel.name;
  return {Finding::Grade::good, "kernels", names, {}};
}

Finding examine_roots(const Context& context) {
  std::string names = "host";
  for (const auto& root : root::Store(context.paths.data).list()) names += ", " + root.name;
  std::string missing;
  std::vector<const char*> tools = {"mmdebstrap", "mkfs.erofs"};
  if (::geteuid() != 0) tools.insert(tools.end(), {"fakeroot", "newuidmap"});
  for (const char* tool : tools) {
    if (!base::find_program(tool)) missing += (missing.empty() ? "" : ", ") + std::string(tool);
  }
  if (missing.empty()) return {Finding::Grade::good, "roots", names, {}};
  return {Finding::Grade::worse, "roots",
          fmt::format("{}; to build others {} is missing", names, missing),
          "Debian: apt install mmdebstrap erofs-utils fakeroot uidmap"};
}

Finding examine_directory(const std::string& subject, const fs::path& path) {
  fs::path existing = path;
  while (!fs::exists(existing) && existing.has_relative_path()) existing = existing.parent_path();
  if (::access(existing.c_str(), W_OK | X_OK) != 0) {
    return {Finding::Grade::bad, subject, existing.string() + " cannot be written",
            "make it yours, or point XDG_DATA_HOME, XDG_CACHE_HOME or XDG_RUNTIME_DIR elsewhere"};
  }
  constexpr std::uint64_t kGigabyte = 1'000'000'000;
  const std::uint64_t free = base::free_bytes(path);
  const bool little = free < kGigabyte && subject != "runtime";
  return {little ? Finding::Grade::worse : Finding::Grade::good, subject,
          fmt::format("{}, {:.1f} GB free", path.string(),
                      static_cast<double>(free) / static_cast<double>(kGigabyte)),
          little ? "a kernel takes half a gigabyte: make room, or see quiz clean" : ""};
}

/// A line for each layer, as a run would have it.
std::vector<Finding> examine_confinement(const Context& context) {
  const run::Instance instance(context.paths.runtime);
  confinement::Request request;
  request.hidden = root::hidden_directories();
  request.scratch = instance.path();
  const confinement::Confinement confinement(request);
  std::vector<Finding> findings;
  for (const confinement::LayerReport& layer : confinement.reports()) {
    findings.push_back({layer.weakness.empty() ? Finding::Grade::good : Finding::Grade::worse,
                        "confinement", layer.name + ": " + layer.state, layer.weakness});
  }
  for (const std::string& breach : confinement.breaches()) {
    findings.push_back({Finding::Grade::worse, "confinement", breach, "SECURITY.md says more"});
  }
  return findings;
}

Finding examine_images(const Context& context) {
  const qemu::WarmImages images(run::image_directory(context.paths), run::image_key(context.paths),
                                0);
  const auto found = images.summary();
  const std::string many = found.count == 0 ? "none yet"
                                            : fmt::format("{} saved machine{}, {:.0f} MB",
                                                          found.count, found.count == 1 ? "" : "s",
                                                          static_cast<double>(found.bytes) / 1e6);
  if (context.settings.cold.value) {
    return {Finding::Grade::worse, "warm start", "turned off (" + many + ")",
            "cold is set: see quiz config --explain"};
  }
  return {Finding::Grade::good, "warm start", many, {}};
}

/// Directories that the caller may only pass: what a run does not know of in them it does not see.
std::vector<Finding> examine_ways() {
  std::error_code error;
  std::vector<fs::path> paths = run::homes();
  paths.push_back(fs::current_path(error));
  const auto closed = run::closed_directories(paths);
  std::vector<Finding> findings;
  for (const fs::path& directory : closed.closed) {
    findings.push_back({Finding::Grade::worse, "directories",
                        directory.string() + " may be entered but not listed",
                        "the machine sees in it only what a run is told of (and needs user "
                        "namespaces for that); chmod +r it to see all"});
  }
  return findings;
}

/// Hard limits are QEMU's as well; it gets rid of soft ones.
std::vector<Finding> examine_limits() {
  struct Limit {
    decltype(RLIMIT_AS) number;
    const char* text;
    const char* remedy;
  };
  constexpr auto kLimits = std::to_array<Limit>({
      {RLIMIT_AS, "address space", "a machine needs its memory (-m) and some 2 GB: ulimit -Hv"},
      {RLIMIT_CPU, "CPU time", "a machine that uses it up is killed: ulimit -Ht"},
      {RLIMIT_FSIZE, "the size of files", "kernels, images and disks may be larger: ulimit -Hf"},
  });
  std::vector<Finding> findings;
  for (const Limit& limit : kLimits) {
    rlimit now = {};
    if (::getrlimit(limit.number, &now) != 0 || now.rlim_max == RLIM_INFINITY) continue;
    findings.push_back({Finding::Grade::worse, "limits",
                        fmt::format("{} is limited to {} {}", limit.text, now.rlim_max,
                                    limit.number == RLIMIT_CPU ? "seconds" : "bytes"),
                        std::string(limit.remedy) + ", in the shell or the service around quiz"});
  }
  return findings;
}

std::optional<Finding> examine_umask() {
  const mode_t mask = base::caller_umask();
  if ((mask & 0700U) == 0) return std::nullopt;
  return Finding{
      Finding::Grade::worse, "umask",
      fmt::format("{:04o} takes their own rights from the files that a program makes", mask),
      "quiz's own files are not made by it; for programs: umask 022"};
}

std::string render(const Finding& finding) {
  const char* mark = finding.grade == Finding::Grade::good    ? "ok  "
                     : finding.grade == Finding::Grade::worse ? "note"
                                                              : "BAD ";
  std::string text = fmt::format("{} {:<12} {}\n", mark, finding.subject, finding.text);
  if (!finding.remedy.empty()) text += fmt::format("     {:<12} -> {}\n", "", finding.remedy);
  return text;
}

/// Only for who stands in a checkout of it.
std::optional<Finding> examine_openzfs() {
  std::error_code error;
  const auto checkout = openzfs::try_find_checkout(fs::current_path(error));
  if (error || !checkout) return std::nullopt;
  const auto missing = openzfs::missing_needs(!fs::exists(checkout->directory / "configure"),
                                              base::host_architecture());
  if (missing.none()) {
    return Finding{Finding::Grade::good, "OpenZFS", "all is there to build it", {}};
  }
  return Finding{Finding::Grade::worse, "OpenZFS",
                 fmt::format("to build it there is no {}", fmt::join(missing.things, ", no ")),
                 missing.remedy()};
}

}  // namespace

int command_doctor(const Context& context, const std::vector<std::string>& words) {
  if (words == std::vector<std::string>{"--measure"}) {
    print(measured_table(context));
    return 0;
  }
  if (!words.empty()) {
    throw base::Error("quiz doctor does not know " + words.front(), "quiz help doctor");
  }
  std::vector<Finding> findings = {
      examine_qemu(context),
      examine_accelerator(),
      examine_clock(context),
      examine_kernels(context),
      examine_roots(context),
      examine_directory("data", context.paths.data),
      examine_directory("cache", context.paths.cache),
      examine_directory("runtime", context.paths.runtime),
      examine_images(context),
  };
  for (auto found : {examine_confinement(context), examine_ways(), examine_limits()}) {
    std::move(found.begin(), found.end(), std::back_inserter(findings));
  }
  if (auto finding = examine_umask()) findings.push_back(std::move(*finding));
  if (auto finding = examine_openzfs()) findings.push_back(std::move(*finding));
  int status = 0;
  std::string text;
  for (const Finding& finding : findings) {
    text += render(finding);
    if (finding.grade == Finding::Grade::bad) status = 1;
  }
  print(text);
  return status;
}

}  // namespace quiz::cli
