#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
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
#include "boot/plan.h"
#include "kvm/machine_kvm.h"
#include "kvm/monitor_program.h"
#include "kvm/registers.h"

namespace quiz::kvm {

using machine::MachineEvent;
using vmm::Word;

namespace {

template <typename Value>
std::string_view bytes_of(const Value& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

vmm::Order make_order(const boot::BootPlan& plan, bool filter) {
  vmm::Order order{};
  order.memory = plan.platform.memory;
  order.low_memory = plan.platform.low_memory;
  order.cpus = plan.platform.cpus;
  order.pieces = static_cast<std::uint32_t>(plan.segments.size());
  order.filter = filter ? 1 : 0;
  order.registers = registers_of(plan.cpu);
  order.system_registers = system_registers_of(plan.cpu);
  return order;
}

/// The order, the pieces and their bytes; positioned at its beginning.
base::Fd make_content(const boot::BootPlan& plan, bool filter) {
  constexpr char kName[] = "quiz-order";
  base::Fd file(::memfd_create(kName, MFD_CLOEXEC));
  if (!file) throw base::SystemError("there is no room for what the machine boots");
  if (plan.segments.size() > vmm::kMostPieces) {
    throw base::Error(fmt::format("the kernel has {} parts, more than {}", plan.segments.size(),
                                  vmm::kMostPieces));
  }
  const auto write = [&](std::string_view bytes) { base::write_all(file.get(), bytes, kName); };
  write(bytes_of(make_order(plan, filter)));
  for (const boot::Segment& segment : plan.segments) {
    write(bytes_of(vmm::Piece{segment.address, segment.bytes().size()}));
  }
  for (const boot::Segment& segment : plan.segments) write(segment.bytes());
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

base::Fd open_device() {
  base::Fd device(::open("/dev/kvm", O_RDWR | O_CLOEXEC));
  if (!device) throw base::SystemError("KVM cannot be used: /dev/kvm does not open");
  return device;
}

}  // namespace

KvmMachine::KvmMachine(const machine::MachineSpec& spec, const machine::StartOrder& order)
    : output_(base::make_pipe()), input_(base::make_pipe()) {
  const bool filter = order.confinement.layers().filter;
  const base::Fd content = make_content(*spec.plan, filter);
  const base::Fd device = open_device();
  const base::Fd program = open_monitor_program();
  base::SocketPair control = base::make_socket_pair();
  for (const int fd : {output_.read_end.get(), input_.read_end.get(), input_.write_end.get(),
                       control.first.get()}) {
    base::set_nonblocking(fd, true);
  }
  guard_ = order.confinement.guard({});
  base::SpawnOptions options;
  options.arguments = {"quiz-monitor"};
  options.program = program.get();
  options.environment.emplace();
  options.directory = "/";
  options.inherit_stderr = false;
  options.guard = guard_.get();
  options.descriptors = {{vmm::kControl, control.second.get()},
                         {vmm::kContent, content.get()},
                         {vmm::kKvm, device.get()},
                         {vmm::kConsoleOutput, output_.write_end.get()},
                         {vmm::kConsoleInput, input_.read_end.get()}};
  process_ = std::make_unique<base::Child>(base::Child::spawn(options));
  control_ = std::move(control.first);
  output_.write_end.reset();
  input_.read_end.reset();
  guard_->ask_at_doors([] { return false; });  // it starts nothing
}

std::vector<int> KvmMachine::descriptors() const {
  std::vector<int> fds;
  if (end_reported_) return fds;
  fds.push_back(process_->pidfd());
  if (control_) fds.push_back(control_.get());
  if (guard_->descriptor() >= 0) fds.push_back(guard_->descriptor());
  return fds;
}

std::vector<MachineEvent> KvmMachine::handle() {
  guard_->handle();
  while (receive()) {
  }
  if (!end_reported_ && process_->try_wait()) {
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
    case Word::panicked:
      events_.push_back({MachineEvent::Kind::panicked, text});
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
  const base::ExitStatus status = process_->wait();
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
  process_->kill(SIGKILL);
  process_->wait();
}

}  // namespace quiz::kvm
