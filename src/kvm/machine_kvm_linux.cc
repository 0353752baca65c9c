#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/printable.h"
#include "boot/loader.h"
#include "boot/plan.h"
#include "files/request.h"
#include "kvm/machine_kvm.h"
#include "kvm/monitor_program.h"
#include "kvm/order_of.h"
#include "vmm/wire_port.h"

namespace quiz::kvm {

using machine::MachineEvent;
using vmm::Word;

namespace {

base::Fd open_device() {
  base::Fd device(::open("/dev/kvm", O_RDWR | O_CLOEXEC));
  if (!device) throw base::SystemError("KVM cannot be used: /dev/kvm does not open");
  return device;
}

/// Booted as any kernel is that quiz puts into memory itself.
base::Fd make_order_of_run(const machine::MachineSpec& spec, bool filter) {
  constexpr std::uint64_t kLargestFile = std::uint64_t{1} << 30;
  const std::string kernel = base::read_file(spec.kernel, kLargestFile);
  const std::string initramfs = base::read_file(spec.initramfs, kLargestFile);
  boot::BootRequest request;
  request.kernel = kernel;
  request.initrd = initramfs;
  request.command_line = kernel_line(spec);
  request.platform = boot::make_platform(boot::Board::microvm, spec.memory_mib << 20, spec.cpus);
  return make_order(spec, boot::make_plan(boot::recognise(request.kernel), request), filter);
}

ConfinedProcess start_process(const confinement::Confinement& confinement, const base::Fd& program,
                              std::string_view name, std::vector<base::FdMapping> descriptors,
                              const std::string& argument) {
  ConfinedProcess process;
  process.guard = confinement.guard({});
  base::SpawnOptions options;
  options.arguments = {std::string(name)};
  if (!argument.empty()) options.arguments.push_back(argument);
  options.program = program.get();
  options.environment.emplace();
  options.directory = "/";
  options.inherit_stderr = false;
  options.guard = process.guard.get();
  options.descriptors = std::move(descriptors);
  for (const base::FdMapping& mapping : confinement.descriptors()) {
    options.descriptors.push_back(mapping);
  }
  process.child = std::make_unique<base::Child>(base::Child::spawn(options));
  process.guard->ask_at_doors([] { return false; });  // it starts nothing
  return process;
}

}  // namespace

std::string kernel_line(const machine::MachineSpec& spec) {
  // There is no keyboard controller to reset it by; a triple fault is the quickest.
  std::string line = spec.architecture.console_words() +
                     fmt::format(" reboot=panic_warm,t quiz.wire=virtio:{} ", vmm::kWirePort) +
                     spec.command_line;
  for (std::size_t i = 0; i < device_count(spec); ++i) {
    line +=
        fmt::format(" virtio_mmio.device=512@0x{:x}:{}", vmm::kDeviceBase + i * vmm::kDeviceStep,
                    vmm::device_line(static_cast<unsigned>(i)));
  }
  return line;
}

KvmMachine::KvmMachine(const machine::MachineSpec& spec, const machine::StartOrder& order)
    : output_(base::make_pipe()), input_(base::make_pipe()) {
  for (const int fd : {output_.read_end.get(), input_.read_end.get(), input_.write_end.get()}) {
    base::set_nonblocking(fd, true);
  }
  const bool filter = order.confinement.layers().filter;
  const base::Fd content =
      spec.plan != nullptr ? make_order(spec, *spec.plan, filter) : make_order_of_run(spec, filter);
  const base::Fd device = open_device();
  const base::Fd program = open_monitor_program();
  base::SocketPair control = base::make_socket_pair();
  std::vector<base::FdMapping> descriptors = {{vmm::kControl, control.second.get()},
                                              {vmm::kContent, content.get()},
                                              {vmm::kKvm, device.get()},
                                              {vmm::kConsoleOutput, output_.write_end.get()},
                                              {vmm::kConsoleInput, input_.read_end.get()}};
  std::vector<base::Fd> files;
  const auto pass = [&](base::Fd file) {
    descriptors.push_back({vmm::kFirstFile + static_cast<int>(files.size()), file.get()});
    files.push_back(std::move(file));
  };
  if (spec.plan == nullptr) {
    wire_ = base::make_socket_pair();
    base::set_nonblocking(wire_.first.get(), true);
    base::set_nonblocking(wire_.second.get(), true);
    descriptors.push_back({vmm::kWire, wire_.second.get()});
    for (const machine::Disk& disk : disks_of(spec)) {
      pass(base::open_file(disk.file, disk.read_only ? O_RDONLY : O_RDWR));
    }
    for (const machine::Share& share : spec.shares) {
      base::SocketPair packets = base::make_packet_pair();
      file_servers_.push_back(start_process(order.confinement, program, files::kProgramName,
                                            {{files::kSocket, packets.first.get()}}, share.path));
      base::set_nonblocking(packets.second.get(), true);
      pass(std::move(packets.second));
    }
  }
  monitor_ = start_process(order.confinement, program, "quiz-monitor", std::move(descriptors), {});
  control_ = std::move(control.first);
  base::set_nonblocking(control_.get(), true);
  output_.write_end.reset();
  input_.read_end.reset();
  wire_.second.reset();
}

std::vector<int> KvmMachine::descriptors() const {
  std::vector<int> fds;
  if (end_reported_) return fds;
  fds.push_back(monitor_.child->pidfd());
  if (control_) fds.push_back(control_.get());
  if (monitor_.guard->descriptor() >= 0) fds.push_back(monitor_.guard->descriptor());
  for (const ConfinedProcess& server : file_servers_) {
    if (server.guard->descriptor() >= 0) fds.push_back(server.guard->descriptor());
  }
  return fds;
}

std::vector<MachineEvent> KvmMachine::handle() {
  monitor_.guard->handle();
  for (const ConfinedProcess& server : file_servers_) server.guard->handle();
  // One that was taken over may say more as fast as it is heard; poll comes again.
  constexpr int kMostAtOnce = 64;
  for (int heard = 0; heard < kMostAtOnce && receive(); ++heard) {
  }
  if (!end_reported_ && monitor_.child->try_wait()) {
    // What it said last may have come after the look above.
    while (receive()) {
    }
    end_reported_ = true;
    if (!runs_) {
      throw base::Error("the machine could not be started: " + describe_end().detail,
                        "`quiz doctor` tells about KVM; without --on=kvm QEMU makes the machine");
    }
    events_.push_back(describe_end());
  }
  return std::exchange(events_, {});
}

bool KvmMachine::receive() {
  if (!control_) return false;
  char chunk[sizeof(vmm::Message)];
  const ssize_t count = ::read(control_.get(), chunk, sizeof chunk - incoming_.size());
  if (count < 0 && errno == EINTR) return true;
  if (count < 0 && errno == EAGAIN) return false;
  if (count <= 0) {
    control_.reset();
    return false;
  }
  incoming_.append(chunk, static_cast<std::size_t>(count));
  if (incoming_.size() < sizeof(vmm::Message)) return true;
  vmm::Message message;
  std::memcpy(&message, incoming_.data(), sizeof message);
  incoming_.clear();
  take(message);
  return true;
}

void KvmMachine::take(const vmm::Message& message) {
  // A process that was taken over says what it likes, and as often.
  constexpr std::size_t kMostEvents = 1000;
  if (events_.size() >= kMostEvents) return;
  const std::string text =
      base::printable_line({message.text, ::strnlen(message.text, sizeof message.text)});
  switch (message.word) {
    case Word::running:
      runs_ = true;
      break;
    case Word::paused:
      paused_ = true;
      break;
    case Word::reset:
      events_.push_back({MachineEvent::Kind::reset, text});
      break;
    case Word::failed:
      failure_ = text;
      if (runs_) events_.push_back({MachineEvent::Kind::failed, text});
      break;
    default:
      break;
  }
}

MachineEvent KvmMachine::describe_end() {
  const base::ExitStatus status = monitor_.child->wait();
  std::string detail = failure_.empty() ? "the monitor " + status.describe() : failure_;
  return {MachineEvent::Kind::ended, detail, status.signalled ? -1 : status.value};
}

void KvmMachine::send(Word word, int value) {
  if (!control_) return;
  vmm::Message message{};
  message.word = word;
  message.value = value;
  // One that does not listen is not waited for: it will be killed.
  (void)!::send(control_.get(), &message, sizeof message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void KvmMachine::pause() {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point end = Clock::now() + std::chrono::seconds(2);
  paused_ = false;
  send(Word::pause);
  while (!paused_ && control_) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return;
    pollfd polled = {control_.get(), POLLIN, 0};
    ::poll(&polled, 1, static_cast<int>(left));
    receive();
  }
}

bool KvmMachine::inject_nmi() {
  send(Word::interrupt);
  return true;
}

void KvmMachine::kill() {
  monitor_.child->kill(SIGKILL);
  monitor_.child->wait();
  file_servers_.clear();
}

}  // namespace quiz::kvm
