#include "qemu/machine_qemu.h"

#include <signal.h>

#include "base/error.h"
#include "base/pipe.h"
#include "qemu/command_line.h"

namespace quiz::qemu {

namespace {

using machine::MachineEvent;

// Descriptor numbers inside QEMU.
constexpr Plumbing kPlumbing{true, 3, 4, 5};

base::Child start(const std::string& program, const machine::MachineSpec& spec,
                  const base::Confinement& confinement, const base::SocketPair& wire,
                  const base::SocketPair& console, const base::SocketPair& control,
                  const base::Pipe& errors) {
  base::SpawnOptions options;
  options.arguments = command_line(program, spec, kPlumbing);
  options.descriptors = {{kPlumbing.wire, wire.second.get()},
                         {kPlumbing.console, console.second.get()},
                         {kPlumbing.control, control.second.get()},
                         {1, errors.write_end.get()},
                         {2, errors.write_end.get()}};
  options.confinement = &confinement;
  return base::Child::spawn(options);
}

}  // namespace

void check_program(const std::string& program) {
  if (base::find_program(program)) return;
  throw base::Error("there is no " + program + " on this machine",
                    "install QEMU (Debian: apt install qemu-system-x86), or name it with --qemu");
}

QemuMachine::QemuMachine(const std::string& program, const machine::MachineSpec& spec,
                         const base::Confinement& confinement) {
  check_program(program);
  base::SocketPair wire = base::make_socket_pair();
  base::SocketPair console = base::make_socket_pair();
  base::SocketPair control = base::make_socket_pair();
  base::Pipe errors = base::make_pipe();
  process_ = std::make_unique<base::Child>(
      start(program, spec, confinement, wire, console, control, errors));
  wire_ = std::move(wire.first);
  console_ = std::move(console.first);
  errors_ = std::move(errors.read_end);
  for (const int fd : {wire_.get(), console_.get(), errors_.get()}) base::set_nonblocking(fd, true);
  qmp_ = std::make_unique<Qmp>(std::move(control.first));
}

QemuMachine::~QemuMachine() = default;

std::vector<int> QemuMachine::descriptors() const {
  std::vector<int> fds;
  if (end_reported_) return fds;
  fds.push_back(process_->pidfd());
  if (qmp_) fds.push_back(qmp_->fd());
  if (errors_) fds.push_back(errors_.get());
  return fds;
}

std::vector<MachineEvent> QemuMachine::handle() {
  std::vector<MachineEvent> events;
  read_errors();
  if (qmp_) {
    const bool open = qmp_->receive();
    for (const QmpEvent& event : qmp_->take_events()) {
      if (event.name == "SHUTDOWN" && event.reason == "guest-reset") {
        events.push_back({MachineEvent::Kind::reset, {}});
      } else if (event.name == "SHUTDOWN" && event.reason == "guest-shutdown") {
        events.push_back({MachineEvent::Kind::powered_off, {}});
      } else if (event.name == "STOP" && error_text_.find("internal error") != std::string::npos) {
        events.push_back({MachineEvent::Kind::failed, error_text_});
      }
    }
    if (!open) qmp_.reset();
  }
  if (!end_reported_ && process_->try_wait()) {
    read_errors();
    events.push_back(describe_end());
    end_reported_ = true;
  }
  return events;
}

MachineEvent QemuMachine::describe_end() {
  std::string detail = "QEMU " + process_->wait().describe();
  // The first line is the cause; others follow from it.
  const std::string first_line = error_text_.substr(0, error_text_.find('\n'));
  if (!first_line.empty()) detail += ": " + first_line;
  return {MachineEvent::Kind::ended, detail};
}

void QemuMachine::read_errors() {
  char chunk[4096];
  for (;;) {
    const ssize_t count = errors_ ? ::read(errors_.get(), chunk, sizeof chunk) : -1;
    if (count > 0) {
      constexpr std::size_t kEnough = 65536;
      if (error_text_.size() < kEnough) error_text_.append(chunk, static_cast<std::size_t>(count));
      continue;
    }
    if (count == 0) errors_.reset();
    return;
  }
}

void QemuMachine::pause() {
  constexpr int kPatienceMs = 2000;
  if (qmp_) qmp_->call("stop", {}, kPatienceMs);
}

void QemuMachine::resume() {
  if (qmp_) qmp_->send("cont");
}

void QemuMachine::system_request(char key) {
  // On a serial console a BREAK announces the key (Documentation/admin-guide/sysrq.rst).
  constexpr int kPatienceMs = 500;
  if (!qmp_ || !qmp_->call("chardev-send-break", R"({"id":"console"})", kPatienceMs)) return;
  (void)!::write(console_.get(), &key, 1);
}

void QemuMachine::kill() {
  process_->kill(SIGKILL);
  process_->wait();
}

}  // namespace quiz::qemu
