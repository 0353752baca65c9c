#include "qemu/process.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>

#include "base/error.h"
#include "base/files.h"
#include "base/pipe.h"
#include "qemu/block_stats.h"
#include "qemu/command_line.h"
#include "qemu/disk_slots.h"
#include "qemu/gdb_stub.h"
#include "qemu/huge_pages.h"
#include "qemu/sandbox.h"

namespace quiz::qemu {

namespace {

using machine::MachineEvent;

// Descriptor numbers inside QEMU.
constexpr int kWire = 3;
constexpr int kState = 6;
constexpr int kLan = 8;

base::SpawnOptions spawn_options(const ProcessPlan& plan) {
  Plumbing plumbing;
  plumbing.wire = kWire;
  plumbing.console = kConsoleDescriptor;
  plumbing.control = kControlDescriptor;
  if (plan.lan >= 0) plumbing.lan = kLan;
  plumbing.memory = plan.memory;
  plumbing.memory_shared = plan.memory_shared;
  plumbing.blank = plan.blank;
  plumbing.incoming = plan.incoming >= 0;
  plumbing.sandbox = has_sandbox(plan.program);
  plumbing.lax = !plan.confinement.layers().readonly;
  base::SpawnOptions options;
  options.arguments = command_line(plan.program, plan.spec, plumbing);
  options.descriptors = {{kWire, plan.wire}, {kConsoleDescriptor, plan.console}};
  if (plan.lan >= 0) options.descriptors.push_back({kLan, plan.lan});
  if (plan.incoming >= 0) options.descriptors.push_back({kState, plan.incoming});
  return options;
}

base::Fd duplicate(int fd) {
  base::Fd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!copy) throw base::SystemError("cannot duplicate a descriptor");
  return copy;
}

/// What the plan's machine writes to.
std::vector<OpenFile> files_of(const ProcessPlan& plan) {
  std::vector<OpenFile> files;
  if (!plan.memory.empty()) files.push_back({plan.memory, duplicate(plan.memory_descriptor)});
  for (const machine::Disk& disk : plan.spec.disks) {
    if (plan.blank || disk.read_only) continue;
    files.push_back({disk.file, base::open_file(disk.file, O_RDWR)});
  }
  return files;
}

/// What every QEMU opens. That there is no /dev/kvm it finds out by itself.
void add_devices(machine::Accelerator accelerator, std::vector<OpenFile>& files) {
  files.push_back({"/dev/null", base::open_file("/dev/null", O_RDWR)});
  if (accelerator != machine::Accelerator::kvm) return;
  base::Fd kvm(::open("/dev/kvm", O_RDWR | O_CLOEXEC));
  if (kvm) files.push_back({"/dev/kvm", std::move(kvm)});
}

/// QEMU needs nothing of the caller's environment but what it takes to be started.
std::vector<std::string> environment() {
  std::vector<std::string> variables = {"LANG=C.UTF-8", kHugePages};
  for (const char* name : {"PATH", "LD_LIBRARY_PATH"}) {
    if (const char* value = std::getenv(name))
      variables.push_back(fmt::format("{}={}", name, value));
  }
  return variables;
}

}  // namespace

QemuProcess::QemuProcess(base::SpawnOptions options, const confinement::Confinement& confinement,
                         std::vector<OpenFile> files, machine::Accelerator accelerator)
    : files_(std::move(files)), accelerated_(accelerator == machine::Accelerator::kvm) {
  add_devices(accelerator, files_);
  std::vector<confinement::Grant> grants;
  for (const OpenFile& file : files_) grants.push_back({file.path, file.file.get()});
  guard_ = confinement.guard(std::move(grants));
  options.guard = guard_.get();
  options.environment = environment();
  options.directory = "/";
  for (const base::FdMapping& mapping : confinement.descriptors()) {
    options.descriptors.push_back(mapping);
  }
  base::SocketPair control = base::make_socket_pair();
  base::Pipe errors = base::make_pipe();
  options.descriptors.push_back({kControlDescriptor, control.second.get()});
  options.descriptors.push_back({1, errors.write_end.get()});
  options.descriptors.push_back({2, errors.write_end.get()});
  process_ = std::make_unique<base::Child>(base::Child::spawn(options));
  errors_ = std::move(errors.read_end);
  base::set_nonblocking(errors_.get(), true);
  qmp_ = std::make_unique<Qmp>(std::move(control.first));
  // Once it has greeted the machine is made, and the guest may have a say in what it does.
  guard_->ask_at_doors([this] {
    if (qmp_) qmp_->receive();
    return !greeted_ && !(qmp_ && qmp_->greeted());
  });
}

QemuProcess::QemuProcess(const ProcessPlan& plan)
    : QemuProcess(spawn_options(plan), plan.confinement, files_of(plan), plan.spec.accelerator) {
  target_ = &target_of(plan.spec.architecture);
  if (plan.incoming < 0) return;
  before_going_on_ = plan.before_going_on;
  qmp_->send("migrate-set-capabilities", kCapabilities);
  qmp_->send("migrate-incoming", fmt::format(R"({{"uri":"fd:{}"}})", kState));
}

std::vector<int> QemuProcess::descriptors() const {
  std::vector<int> fds;
  if (end_reported_) return fds;
  fds.push_back(process_->pidfd());
  if (qmp_) fds.push_back(qmp_->fd());
  if (errors_) fds.push_back(errors_.get());
  if (guard_->descriptor() >= 0) fds.push_back(guard_->descriptor());
  return fds;
}

std::vector<MachineEvent> QemuProcess::handle() {
  std::vector<MachineEvent> events;
  guard_->handle();
  read_errors();
  if (qmp_) {
    const bool open = qmp_->receive();
    greeted_ = qmp_->greeted();
    answered_ = qmp_->answered();
    for (const QmpEvent& event : qmp_->take_events()) {
      if (event.name == "SHUTDOWN" && event.reason == "guest-reset") {
        if (has_panic_mark()) events.push_back({MachineEvent::Kind::panicked, {}, 0});
        events.push_back({MachineEvent::Kind::reset, {}, 0});
      } else if (event.name == "GUEST_PANICKED") {
        // The machine stands still now, for its owner to end it (-no-shutdown).
        events.push_back({MachineEvent::Kind::panicked, {}, 0});
        events.push_back({MachineEvent::Kind::reset, {}, 0});
      } else if (event.name == "SHUTDOWN" && event.reason == "guest-shutdown") {
        events.push_back({MachineEvent::Kind::powered_off, {}, 0});
      } else if (event.name == "STOP" && complaints_.tell_of_internal_error()) {
        events.push_back({MachineEvent::Kind::failed, complaints_.cause(), 0});
      } else if (event.name == "MIGRATION" && event.status == "completed") {
        // Once, whatever it says again.
        if (const auto prepare = std::exchange(before_going_on_, nullptr)) prepare(process_->pid());
        qmp_->send("cont");  // it was saved standing
      } else if (event.name == "RESUME") {
        resumed_ = true;
      }
    }
    if (!open) qmp_.reset();
  }
  if (!end_reported_ && process_->try_wait()) {
    read_errors();
    end_reported_ = true;
    events.push_back(describe_end());
  }
  return events;
}

/// A guest that has forged it has claimed a panic, as it can by a real one.
bool QemuProcess::has_panic_mark() {
  const auto mark = target_ != nullptr ? target_->panic_mark() : std::nullopt;
  if (!mark || !qmp_) return false;
  constexpr int kPatienceMs = 2000;
  // The monitor for people has the only command that shows memory: "0000000000000472: 0x1234\r\n".
  const auto shown =
      qmp_->ask("human-monitor-command",
                fmt::format(R"({{"command-line":"xp /1hx {:#x}"}})", mark->address), kPatienceMs);
  return shown && shown->ends_with(fmt::format(": {:#06x}\r\n", mark->value));
}

bool QemuProcess::refused() {
  if (!end_reported_ || answered_) return false;
  const base::ExitStatus status = process_->wait();
  if (status.signalled && (accelerated_ || status.value == SIGKILL)) return false;
  return !accelerated_ || !complaints_.mention_kvm();
}

std::string QemuProcess::limit_hit() {
  if (!end_reported_ || !process_->wait().signalled) return {};
  rlimit limit = {};
  const int signal = process_->wait().value;
  if ((signal != SIGXCPU && signal != SIGKILL) || ::getrlimit(RLIMIT_CPU, &limit) != 0 ||
      limit.rlim_max == RLIM_INFINITY) {
    return {};
  }
  return fmt::format("the limit of {} s of CPU time (ulimit -t)", limit.rlim_max);
}

bool QemuProcess::take_resumed() { return std::exchange(resumed_, false); }

MachineEvent QemuProcess::describe_end() {
  std::string detail = "QEMU " + process_->wait().describe();
  if (const std::string cause = complaints_.cause(); !cause.empty()) detail += ": " + cause;
  if (const std::string limit = limit_hit(); !limit.empty()) detail += ", perhaps by " + limit;
  const base::ExitStatus status = process_->wait();
  return {MachineEvent::Kind::ended, detail, status.signalled ? -1 : status.value};
}

void QemuProcess::read_errors() {
  // As much as the pipe holds: one that never ends must not keep the caller from its other duties.
  constexpr std::size_t kMostRead = std::size_t{64} << 10;
  char chunk[4096];
  for (std::size_t read = 0; errors_ && read < kMostRead;) {
    const ssize_t count = ::read(errors_.get(), chunk, sizeof chunk);
    if (count == 0) errors_.reset();
    if (count <= 0) return;
    complaints_.add({chunk, static_cast<std::size_t>(count)});
    read += static_cast<std::size_t>(count);
  }
}

void QemuProcess::stop_cpus() {
  constexpr int kPatienceMs = 2000;
  if (qmp_) qmp_->call("stop", {}, kPatienceMs);
}

void QemuProcess::continue_cpus() {
  if (qmp_) qmp_->send("cont");
}

void QemuProcess::system_request(char key, int console) {
  constexpr int kPatienceMs = 500;
  constexpr char kControlO = 'O' & 0x1f;
  std::string typed(1, key);
  if (target_ != nullptr && target_->sysrq_prefix() == SysRqPrefix::control_o) {
    typed.insert(typed.begin(), kControlO);
  } else if (!qmp_ || !qmp_->call("chardev-send-break", R"({"id":"console"})", kPatienceMs)) {
    return;
  }
  (void)!::write(console, typed.data(), typed.size());
}

bool QemuProcess::inject_nmi() {
  constexpr int kPatienceMs = 500;
  return qmp_ && qmp_->call("inject-nmi", {}, kPatienceMs);
}

std::vector<machine::DiskTraffic> QemuProcess::disk_traffic() {
  constexpr int kPatienceMs = 500;
  if (!qmp_) return {};
  const auto told =
      qmp_->ask("human-monitor-command", R"({"command-line":"info blockstats"})", kPatienceMs);
  return parse_block_stats(told.value_or(""));
}

void QemuProcess::plug(const machine::Disk& disk) {
  if (qmp_) plug_disk(*qmp_, disk);
}

void QemuProcess::unplug(const std::string& name) {
  if (qmp_) unplug_disk(*qmp_, name);
}

base::Fd QemuProcess::begin_debugging() {
  // Before it has answered it may not have made the machine yet.
  if (!qmp_ || !qmp_->answered() || end_reported_) return {};
  base::Fd socket = start_stub(*qmp_);
  debugged_ = true;
  return socket;
}

void QemuProcess::end_debugging() {
  if (std::exchange(debugged_, false) && qmp_) end_stub(*qmp_);
}

void QemuProcess::kill() {
  process_->kill(SIGKILL);
  process_->wait();
}

}  // namespace quiz::qemu
