#include "qemu/bare_machine_x86_64.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "boot/handoff.h"
#include "boot/layout.h"
#include "boot/plan.h"
#include "qemu/bare_command_line_x86_64.h"
#include "qemu/sandbox.h"

namespace quiz::qemu {

namespace fs = std::filesystem;
using machine::MachineEvent;

namespace {

base::Fd make_pipe_at(const fs::path& path) {
  fs::remove(path);
  if (::mkfifo(path.c_str(), 0600) != 0) throw base::SystemError("cannot make " + path.string());
  // For reading and writing, so that nothing depends on who opens them first.
  return base::open_file(path, O_RDWR | O_NONBLOCK);
}

void write_at(const base::Fd& file, std::uint64_t offset, std::string_view bytes,
              const fs::path& path) {
  if (::lseek(file.get(), static_cast<off_t>(offset), SEEK_SET) < 0) {
    throw base::SystemError("cannot write " + path.string());
  }
  base::write_all(file.get(), bytes, path.string());
}

/// The guest's whole memory, sparse: what the plan puts into it, and the hand-off page.
void write_memory(const fs::path& path, const boot::BootPlan& plan) {
  const base::Fd file = base::open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (::ftruncate(file.get(), static_cast<off_t>(plan.platform.memory)) != 0) {
    throw base::SystemError("cannot make " + path.string() + " as large as the machine's memory");
  }
  for (const boot::Segment& segment : plan.segments) {
    write_at(file, segment.address, segment.bytes(), path);
  }
  write_at(file, boot::kHandoffAddress, boot::encode_handoff(plan), path);
}

/// The hand-off page and then the segments, as the option ROM fetches them.
void write_firmware_file(const fs::path& path, const boot::BootPlan& plan) {
  const base::Fd file = base::open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  base::write_all(file.get(), boot::encode_handoff(plan), path.string());
  for (const boot::Segment& segment : plan.segments) {
    base::write_all(file.get(), segment.bytes(), path.string());
  }
}

BarePlumbing place_files(const std::string& program, const boot::BootPlan& plan,
                         const machine::StartOrder& order, const ConsolePipes& console) {
  const bool bare_board = plan.platform.board == boot::Board::microvm;
  const fs::path rom = order.scratch / "rom";
  const fs::path content = order.scratch / "content";
  // Of an attempt before.
  for (const fs::path& path : {rom, content}) fs::remove(path);
  base::write_file_atomically(rom, bare_board ? std::string(boot::boot_rom()) : boot::option_rom(),
                              0600);
  if (bare_board) {
    write_memory(content, plan);
  } else {
    write_firmware_file(content, plan);
  }
  BarePlumbing plumbing;
  plumbing.rom = rom.string();
  plumbing.content = content.string();
  plumbing.console = console.path();
  plumbing.control = kControlDescriptor;
  if (order.control_socket >= 0) plumbing.monitor_socket = kMonitorDescriptor;
  plumbing.sandbox = has_sandbox(program);
  return plumbing;
}

/// What QEMU opens for writing. The memory it only maps privately.
std::vector<OpenFile> files_of(const BarePlumbing& plumbing) {
  std::vector<OpenFile> files;
  for (const char* ending : {".in", ".out"}) {
    const fs::path path = plumbing.console + ending;
    files.push_back({path, base::open_file(path, O_RDWR | O_NONBLOCK)});
  }
  files.push_back({plumbing.content, base::open_file(plumbing.content, O_RDONLY)});
  return files;
}

}  // namespace

ConsolePipes::ConsolePipes(const fs::path& directory)
    : path_(directory / "console"),
      output_(make_pipe_at(path_.string() + ".out")),
      input_(make_pipe_at(path_.string() + ".in")) {}

BareMachine::BareMachine(const std::string& program, const machine::MachineSpec& spec,
                         const machine::StartOrder& order)
    : console_(order.scratch) {
  const BarePlumbing plumbing = place_files(program, *spec.plan, order, console_);
  base::SpawnOptions options;
  options.arguments = bare_command_line(program, spec, plumbing);
  if (order.control_socket >= 0) {
    options.descriptors.push_back({kMonitorDescriptor, order.control_socket});
  }
  process_ = std::make_unique<QemuProcess>(std::move(options), order.confinement,
                                           files_of(plumbing), spec.accelerator);
  process_->continue_cpus();
}

std::vector<MachineEvent> BareMachine::handle() {
  std::vector<MachineEvent> events = process_->handle();
  started_ = process_->take_resumed() || started_;
  for (const MachineEvent& event : events) {
    if (event.kind == MachineEvent::Kind::ended && event.status >= 0 && !started_) {
      throw base::Error("the machine could not be started: " + event.detail);
    }
  }
  return events;
}

}  // namespace quiz::qemu
