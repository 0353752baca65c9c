#include "run/plan.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "lan/membership.h"
#include "run/confinement_setup.h"
#include "run/kernel_options.h"
#include "run/profile_setup.h"

namespace quiz::run {

namespace fs = std::filesystem;

namespace {

/// Emulated machines on busy hosts are slow, but once in a while one hangs at its boot (QEMU's
/// multi-threaded TCG): the first attempt is given up sooner.
constexpr std::chrono::seconds kFirstBootLimit{30};
constexpr std::chrono::seconds kBootLimit{180};
/// A hook that loads OpenZFS's module has 10 s of work for an emulated CPU, of which a busy host
/// may leave a twentieth.
constexpr std::chrono::seconds kEmulatedHookLimit{900};

bool is_emulated(const Attempt& attempt) {
  return attempt.accelerator == machine::Accelerator::tcg;
}

/// Whoever wants to see the whole boot gets one.
bool must_boot(const Request& request) {
  return request.cold || request.gdb || request.boot_timed || !request.kernel_log.empty();
}

KernelOptions kernel_options(const Request& request, const Places& places, const Attempt& attempt) {
  KernelOptions options;
  options.accelerator = attempt.accelerator;
  options.architecture = request.architecture;
  options.tsc_khz = places.tsc_khz;
  options.timer_hz = places.timer_hz;
  options.panic_on_oops = request.oops == config::OnOops::kPanic;
  // A saved machine serves those who look at its console and those who do not.
  options.whole_log = must_boot(request) && (request.boot_shown || !request.kernel_log.empty());
  options.boot_timed = request.boot_timed;
  options.gdb = request.gdb;
  options.root_disk = request.base.kind == root::BaseKind::image;
  options.additional = request.kernel_options;
  if (!request.profiles.cmdline.empty()) {
    options.additional += (options.additional.empty() ? "" : " ") + request.profiles.cmdline;
  }
  return options;
}

machine::MachineSpec plan_machine(const Request& request, const Places& places,
                                  const machine::Monitor& monitor, const Attempt& attempt,
                                  const root::Sharing& sharing) {
  const KernelOptions options = kernel_options(request, places, attempt);
  machine::MachineSpec spec;
  spec.architecture = request.architecture;
  spec.devices_by_command_line = places.devices_by_command_line;
  spec.accelerator = attempt.accelerator;
  spec.cpus = request.cpus;
  spec.memory_mib = request.memory_mib;
  spec.stopped = request.gdb;
  spec.kernel = request.kernel.image;
  spec.initramfs = places.initramfs;
  if (options.root_disk) spec.root_image = request.base.path;
  spec.command_line = kernel_command_line(options);
  spec.shares = sharing.exported;
  spec.disks = places.disks;
  spec.hot_plug = request.profiles.hot_plug;
  spec.network = request.profiles.network;
  spec.lan = request.profiles.lan.has_value();
  monitor.check_room(spec);
  check_command_line(options.additional, monitor.kernel_line_size(spec),
                     spec.architecture.longest_command_line);
  return spec;
}

wire::Setup plan_setup(const Request& request, const machine::Monitor& monitor,
                       root::Sharing sharing) {
  wire::Setup setup;
  setup.log_level = static_cast<std::uint8_t>(request.log_level);
  setup.exports = std::move(sharing.exports);
  for (wire::Export& exported : setup.exports) exported.virtio_fs = monitor.shares_by_virtio_fs();
  setup.layers = std::move(sharing.layers);
  setup.mounts = std::move(sharing.mounts);
  setup.size = request.size_mib << 20;
  setup.init = request.init;
  return setup;
}

/// A shell if there are no words.
wire::Exec plan_program(const Request& request, const Places& places,
                        const std::vector<std::string>& words) {
  CallerProgram program;
  program.words = words.empty() ? std::vector<std::string>{places.shell} : words;
  program.directory = request.directory;
  program.as_caller = request.as_caller;
  program.environment = program_environment(request, places.caller);
  wire::Exec exec = make_exec(program, places.caller, places.streams);
  // Where the host finds it is where the guest does only if they see the same files.
  const bool same_files = request.base.kind == root::BaseKind::host &&
                          request.layers.user.empty() && request.layers.system.empty();
  if (same_files && !words.empty()) exec.candidate = places.candidate;
  return exec;
}

/// The relay's word for it.
relay::Keep keep(config::Keep keep) {
  switch (keep) {
    case config::Keep::kFailure:
      return relay::Keep::failure;
    case config::Keep::kAlways:
      return relay::Keep::always;
    case config::Keep::kNo:
      break;
  }
  return relay::Keep::no;
}

wire::NetworkAddress lan_address(unsigned number) {
  return {.address = lan::kNetwork + number,
          .prefix = lan::kPrefix,
          .gateway = 0,
          .card = machine::kLanCard,
          .own_card = lan::card_of(number)};
}

relay::RelayPlan plan_relay(const Request& request, const Places& places,
                            const machine::Monitor& monitor, const Attempt& attempt,
                            root::Sharing sharing) {
  relay::RelayPlan relay;
  relay.setup = plan_setup(request, monitor, std::move(sharing));
  add_profiles(request, places.modules, places.files, monitor.network_addresses(), relay);
  if (places.lan_number != 0) relay.setup.devices.lan = lan_address(places.lan_number);
  relay.setup.bundle.insert(relay.setup.bundle.end(), places.links.begin(), places.links.end());
  relay.setup.capabilities = places.capabilities;
  relay.streams = places.streams;
  relay.exec = plan_program(request, places, request.words);
  if (request.shell_after) relay.shell_after = plan_program(request, places, {});
  relay.has_program = request.has_program;
  relay.keep = keep(request.keep);
  relay.timeout = request.timeout;
  relay.emulated = is_emulated(attempt);
  if (relay.emulated) relay.limits.hook = kEmulatedHookLimit;
  // Before the program starts, systemd starts the root's services.
  const bool soon = relay.emulated && !attempt.again && request.init != wire::InitSystem::systemd;
  relay.limits.boot = soon ? kFirstBootLimit : kBootLimit;
  relay.awaits_debugger = request.gdb;
  relay.keeps_disks = places.keeps_disks;
  relay.boot_log = request.boot_timed;
  return relay;
}

}  // namespace

RunPlan plan(const Request& request, const Places& places, const machine::Monitor& monitor,
             const Attempt& attempt) {
  root::Sharing sharing =
      root::make_sharing(sharing_request(request, places.empty), places.sharing);
  RunPlan plan;
  plan.confinement = confinement_request(request, places);
  plan.machine = plan_machine(request, places, monitor, attempt, sharing);
  plan.relay = plan_relay(request, places, monitor, attempt, std::move(sharing));
  if (!must_boot(request)) {
    plan.saved = attempt.again ? machine::Saved::distrusted : machine::Saved::allowed;
  }
  return plan;
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

root::SharingRequest sharing_request(const Request& request, const fs::path& spare) {
  root::SharingRequest sharing;
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
  for (const WritableMount& mount : request.writes) {
    sharing.writable.push_back({mount.directory, mount.place, mount.mapped});
  }
  for (const ShownMount& mount : request.shown) {
    sharing.shown.push_back({mount.directory, mount.place, mount.copy_on_write});
  }
  sharing.spare = spare;
  return sharing;
}

std::vector<std::string> machine_environment(const Request& request) {
  std::vector<std::string> additions;
  if (!request.output.empty())
    additions.push_back(std::string("QUIZ_OUTPUT=") + root::kOutputInGuest);
  additions.insert(additions.end(), request.profiles.environment.begin(),
                   request.profiles.environment.end());
  return additions;
}

std::vector<std::string> program_environment(const Request& request, const CallerFacts& caller) {
  std::vector<std::string> additions = machine_environment(request);
  additions.insert(additions.end(), request.environment_additions.begin(),
                   request.environment_additions.end());
  return guest_environment(caller, additions, !request.as_caller, request.environment);
}

}  // namespace quiz::run
