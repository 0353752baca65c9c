#include "run/run.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "base/host_clock.h"
#include "bhyve/command_line.h"
#include "confinement/confinement.h"
#include "kernel/initramfs.h"
#include "kvm/acceleration_probe.h"
#include "profile/preparation.h"
#include "qemu/command_line.h"
#include "qemu/machine_qemu.h"
#include "root/sharing.h"
#include "run/boot_slot.h"
#include "run/caller_program.h"
#include "run/confinement_setup.h"
#include "run/init_binary.h"
#include "run/instance.h"
#include "run/kernel_options.h"
#include "run/output_directory.h"
#include "run/profile_setup.h"

namespace quiz::run {

namespace fs = std::filesystem;

namespace {

wire::Setup make_setup(root::Sharing sharing, const Request& request) {
  wire::Setup setup;
  setup.log_level = static_cast<std::uint8_t>(request.log_level);
  setup.exports = std::move(sharing.exports);
  setup.layers = std::move(sharing.layers);
  setup.mounts = std::move(sharing.mounts);
  setup.size = request.size_mib << 20;
  setup.init = request.init;
  return setup;
}

qemu::WarmImages warm_images(const Request& request, const base::Paths& paths) {
  return {image_directory(paths), image_key(paths), request.warm_cache_mib << 20};
}

/// Whoever wants to see the whole boot gets one.
bool must_boot(const Request& request) {
  return request.cold || request.boot_timed || !request.kernel_log.empty();
}

root::SharingRequest sharing_request(const Request& request, const std::string& root,
                                     const fs::path& spare) {
  root::SharingRequest sharing;
  sharing.root = root;
  sharing.release = request.kernel.release;
  sharing.base = request.base.kind;
  if (request.base.kind == root::BaseKind::directory) sharing.base_directory = request.base.path;
  sharing.user = request.layers.user;
  sharing.system = request.layers.system;
  // A kernel of the host's own /boot has its modules in the host's root already.
  const bool in_base = request.base.kind == root::BaseKind::host && request.kernel.modules == "/";
  if (!in_base && request.kernel.tree.empty()) sharing.modules = request.kernel.module_directory();
  sharing.directory = request.directory;
  sharing.output = request.output;
  sharing.spare = spare;
  // Whoever has a shell there edits on the host meanwhile.
  sharing.follow_changes = request.words.empty() || request.shell_after;
  return sharing;
}

std::vector<kernel::WantedModule> needed_modules(const Request& request) {
  std::vector<kernel::WantedModule> modules = kernel::default_modules();
  if (request.base.kind == root::BaseKind::image) {
    modules.push_back({"virtio_blk", true});
    // erofs, ext4 and btrfs ask the kernel's crypto for it by a name that nobody resolves here.
    modules.push_back({"crc32c_generic", false});
    modules.push_back({request.base.file_system, true});
  }
  return modules;
}

machine::MachineSpec make_spec(const Request& request, const base::Paths& paths,
                               machine::Accelerator accelerator, const root::Sharing& sharing,
                               const std::vector<machine::Disk>& disks) {
  KernelOptions options;
  options.accelerator = accelerator;
  options.tsc_khz = base::tsc_khz(paths.cache);
  options.timer_hz = timer_hz(request.kernel);
  options.panic_on_oops = request.oops == config::OnOops::kPanic;
  // A saved machine serves those who look at its console and those who do not.
  options.whole_log = must_boot(request) && (request.boot_shown || !request.kernel_log.empty());
  options.boot_timed = request.boot_timed;
  options.root_disk = request.base.kind == root::BaseKind::image;
  options.additional = request.kernel_options;
  if (!request.profiles.cmdline.empty()) {
    options.additional += (options.additional.empty() ? "" : " ") + request.profiles.cmdline;
  }

  machine::MachineSpec spec;
  spec.accelerator = accelerator;
  spec.cpus = request.cpus;
  spec.memory_mib = request.memory_mib;
  spec.kernel = request.kernel.image;
  spec.initramfs = kernel::make_initramfs(request.kernel, init_binary(), needed_modules(request),
                                          paths.cache, init_sha256());
  if (options.root_disk) spec.root_image = request.base.path;
  spec.command_line = kernel_command_line(options);
  spec.shares = sharing.exported;
  spec.disks = disks;
  spec.network = request.profiles.network;
  spec.board = choose_board(request.kernel, qemu::virtio_devices(spec));
  qemu::check_room(spec);
  check_command_line(options.additional, qemu::kernel_line_size(spec));
  return spec;
}

void check_memory(const Request& request) {
  // The kernel where it is loaded, as much again to unpack and begin, and the initramfs.
  constexpr std::uint64_t kMiB = 1 << 20;
  const std::uint64_t needed = request.kernel.memory_needed / kMiB + 64;
  if (request.memory_mib >= needed) return;
  throw base::Error(fmt::format("{} MiB of memory are too little for the kernel {}",
                                request.memory_mib, request.kernel.name),
                    fmt::format("it needs at least {} MiB: --memory={}", needed, needed));
}

/// The relay's word for it.
PtyChoice pty_choice(config::Tty tty) {
  switch (tty) {
    case config::Tty::kForce:
      return PtyChoice::force;
    case config::Tty::kRefuse:
      return PtyChoice::refuse;
    case config::Tty::kAuto:
      break;
  }
  return PtyChoice::automatic;
}

/// The caller's shell, if the root has it.
std::string guest_shell(const root::Base& base, const std::string& shell) {
  if (base.kind == root::BaseKind::host) return shell;
  const root::Layer layer = root::layer_of(base);
  for (const std::string& path : {shell, std::string("/bin/bash")}) {
    if (!root::find_path({layer}, path).origins.empty()) return path;
  }
  return "/bin/sh";
}

wire::Exec make_program(const Request& request, std::vector<std::string> words,
                        const StreamPlan& streams) {
  std::vector<std::string> additions;
  if (!request.output.empty())
    additions.push_back(std::string("QUIZ_OUTPUT=") + root::kOutputInGuest);
  additions.insert(additions.end(), request.profiles.environment.begin(),
                   request.profiles.environment.end());
  additions.insert(additions.end(), request.environment_additions.begin(),
                   request.environment_additions.end());
  CallerProgram program;
  program.words = std::move(words);
  program.directory = request.directory;
  program.as_caller = request.as_caller;
  program.environment = guest_environment(additions, !request.as_caller, request.environment);
  const bool same_files = request.base.kind == root::BaseKind::host &&
                          request.layers.user.empty() && request.layers.system.empty();
  wire::Exec exec = make_exec(program, streams);
  // Where the host finds it is where the guest does only if they see the same files.
  if (!same_files) exec.candidate.clear();
  if (program.words.empty()) exec.arguments = {guest_shell(request.base, exec.arguments[0])};
  return exec;
}

/// What the program left of a file on stdin stays for the next reader, as without quiz.
class StdinPosition {
 public:
  StdinPosition() {
    struct stat status = {};
    if (::fstat(STDIN_FILENO, &status) == 0 && S_ISREG(status.st_mode)) {
      begin_ = ::lseek(STDIN_FILENO, 0, SEEK_CUR);
    }
  }
  void set(std::optional<std::uint64_t> consumed) const {
    if (begin_ >= 0 && consumed) {
      ::lseek(STDIN_FILENO, begin_ + static_cast<off_t>(*consumed), SEEK_SET);
    }
  }

 private:
  off_t begin_ = -1;
};

/// Whatever the program came to, it counts as that; what went wrong otherwise is told as such.
void end_over_limit(machine::Outcome& outcome, const std::string& complaint) {
  if (complaint.empty()) return;
  if (std::holds_alternative<machine::Exited>(outcome.ending) ||
      std::holds_alternative<machine::Signalled>(outcome.ending)) {
    outcome.ending = machine::OverLimit{complaint};
  }
}

constexpr std::size_t kLastWords = 25;

/// Emulated machines on busy hosts are slow, but once in a while one hangs at its boot (QEMU's
/// multi-threaded TCG): the first attempt is given up sooner.
constexpr std::chrono::seconds kFirstBootLimit{30};
constexpr std::chrono::seconds kBootLimit{180};
/// A hook that loads OpenZFS's module has 10 s of work for an emulated CPU, of which a busy host
/// may leave a twentieth.
constexpr std::chrono::seconds kEmulatedHookLimit{900};

Result run_once(const Request& request, const std::vector<wire::Module>& modules,
                const base::Paths& paths, base::Reporter& reporter, Observer& observer,
                Clock::time_point start, machine::Accelerator accelerator,
                std::chrono::seconds boot_limit, bool distrusted) {
  const bool emulated = accelerator == machine::Accelerator::tcg;
  std::optional<base::FileLock> boot_slot;
  if (emulated) boot_slot = take_boot_slot(paths.cache / "booting");
  base::SignalSource signals = Relay::take_signals();
  OutputDirectory output(request.output, request.output_limit);
  const Instance instance(paths.runtime);
  sweep_elsewhere(paths);
  const std::unique_ptr<OwnDirectory> disks =
      profile::makes_disks(request.profiles) ? make_large_files(paths) : nullptr;
  const profile::Preparation preparation(
      request.profiles, host_facts(request), instance.path() / "profiles",
      disks ? disks->path() : fs::path(), kept_disks(paths), signals, reporter);
  const confinement::Confinement confinement(
      confinement_request(request, paths, instance, preparation.disks()));
  tell_weaknesses(confinement, request.strict, reporter);

  root::Sharing sharing =
      root::make_sharing(sharing_request(request, confinement.root(), instance.empty_directory()));
  const machine::MachineSpec spec =
      make_spec(request, paths, accelerator, sharing, preparation.disks());
  RelayPlan plan;
  plan.setup = make_setup(std::move(sharing), request);
  add_profiles(request, modules, preparation.files(), plan);
  plan.streams = plan_streams(request.open_streams, pty_choice(request.tty));
  plan.exec = make_program(request, request.words, plan.streams);
  if (request.shell_after) plan.shell_after = make_program(request, {}, plan.streams);
  plan.timeout = request.timeout;
  plan.emulated = emulated;
  if (emulated) plan.hook_limit = kEmulatedHookLimit;
  // Before the program starts, systemd starts the root's services.
  plan.boot_limit = request.init == wire::InitSystem::systemd ? kBootLimit : boot_limit;
  plan.keeps_disks = preparation.writes_kept();
  plan.boot_log = request.boot_timed;
  if (output) plan.look_at_output = [&output] { return output.look(); };
  if (boot_slot) plan.boot_slot = std::make_shared<base::FileLock>(std::move(*boot_slot));

  base::Fd log_file;
  if (!request.kernel_log.empty()) {
    log_file = base::open_file(request.kernel_log, O_WRONLY | O_CREAT | O_TRUNC);
  }
  ConsoleLog console(std::move(log_file),
                     [&](const std::string& line) { observer.console_line(line); });
  const StdinPosition stdin_position;
  const Clock::time_point machine_started = Clock::now();
  std::optional<qemu::WarmStart> warm;
  if (!must_boot(request)) warm = qemu::WarmStart{warm_images(request, paths), distrusted};
  qemu::QemuMachine machine(request.qemu, spec, confinement, std::move(warm), reporter);
  Relay relay(machine, console, std::move(plan), observer, signals, start);

  Result result;
  result.outcome = relay.run();
  machine.kill();
  for (const std::string& warning : output.take()) reporter.warning(warning);
  end_over_limit(result.outcome, output.complaint());
  stdin_position.set(relay.stdin_consumed());
  result.output_error = relay.output_error();
  result.clocks = relay.clocks();
  result.clocks.machine = machine_started;
  result.boot_log = relay.take_boot_log();
  result.boot_timed_out = relay.boot_timed_out();
  result.instance = instance.id();
  result.wrote_kept_disks = preparation.writes_kept();
  result.accelerator = accelerator;
  result.board = spec.board;
  result.start = machine.start();
  result.clocksource = relay.clocksource();
  result.last_words = console.last_words(kLastWords);
  if (const int problem = console.file_error(); problem != 0) {
    reporter.warning(
        fmt::format("the kernel's messages are not all in {}: {}", request.kernel_log.string(),
                    problem == EFBIG ? fmt::format("it gets the first {} MiB", kMostLogged >> 20)
                                     : std::strerror(problem)));
  }
  return result;
}

}  // namespace

root::SharingRequest sharing_of(const Request& request) { return sharing_request(request, "", {}); }

fs::path image_directory(const base::Paths& paths) { return paths.cache / "warm"; }

fs::path image_key(const base::Paths& paths) { return paths.data / "image-key"; }

fs::path kept_disks(const base::Paths& paths) { return paths.data / "disks"; }

AcceleratorDecision choose_accelerator(config::Accelerator choice, const base::Paths& paths) {
  if (choice == config::Accelerator::kTcg) return {machine::Accelerator::tcg, "as asked for"};
  const kvm::Acceleration acceleration = kvm::cached_acceleration(paths.cache);
  if (acceleration.usable) return {machine::Accelerator::kvm, acceleration.explanation};
  if (choice == config::Accelerator::kKvm) {
    throw base::Error("KVM cannot be used: " + acceleration.explanation,
                      "run without --accel=kvm; `quiz doctor` says more");
  }
  return {machine::Accelerator::tcg, acceleration.explanation};
}

Result run(const Request& request, const base::Paths& paths, base::Reporter& reporter,
           Observer& observer, Clock::time_point start) {
  check_memory(request);
  const std::vector<wire::Module> modules = check_profiles(request);
  const AcceleratorDecision decision = choose_accelerator(request.accelerator, paths);
  reporter.detail("accelerator: " +
                  std::string(decision.accelerator == machine::Accelerator::kvm ? "KVM" : "TCG") +
                  " (" + decision.explanation + ")");
  const bool emulated = decision.accelerator == machine::Accelerator::tcg;
  Result result = run_once(request, modules, paths, reporter, observer, start, decision.accelerator,
                           emulated ? kFirstBootLimit : kBootLimit, false);
  // As long as nothing of the caller's has been touched it may be tried again: before hello, which
  // a saved machine has behind it, and then before the program's start if nothing can be written.
  const auto* lost = std::get_if<machine::Lost>(&result.outcome.ending);
  const bool untouched =
      !result.clocks.hello || (result.start == machine::Start::warm && !result.clocks.program &&
                               request.output.empty() && !result.wrote_kept_disks);
  if (lost == nullptr || !untouched) return result;
  const bool kvm_failed = !emulated && request.accelerator == config::Accelerator::kAuto;
  if (!kvm_failed && !(emulated && result.boot_timed_out)) return result;
  reporter.warning(kvm_failed
                       ? "QEMU failed under KVM (" + lost->reason + "): once more with emulation"
                       : lost->reason + ": once more");
  return run_once(request, modules, paths, reporter, observer, start, machine::Accelerator::tcg,
                  kBootLimit, true);
}

std::vector<std::string> dry_run_bhyve(const Request& request, const base::Paths& paths) {
  check_memory(request);
  const root::Sharing sharing = root::make_sharing(sharing_of(request));
  const machine::MachineSpec spec =
      make_spec(request, paths, machine::Accelerator::kvm, sharing, {});
  return bhyve::command_line("bhyve", spec);
}

std::vector<std::string> dry_run(const Request& request, const base::Paths& paths,
                                 base::Reporter& reporter) {
  check_memory(request);
  check_profiles(request);
  if (!request.profiles.profiles.empty()) {
    reporter.warning("the disks, files and hooks of profiles are there only during a run");
  }
  const AcceleratorDecision decision = choose_accelerator(request.accelerator, paths);
  const root::Sharing sharing = root::make_sharing(sharing_of(request));
  const machine::MachineSpec spec = make_spec(request, paths, decision.accelerator, sharing, {});
  qemu::Plumbing alone;
  alone.attached = false;
  return qemu::command_line(request.qemu, spec, alone);
}

}  // namespace quiz::run
