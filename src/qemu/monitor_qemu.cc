#include "qemu/monitor_qemu.h"

#include <fmt/format.h>

#include <optional>

#include "base/child.h"
#include "base/error.h"
#include "base/program_directories.h"
#include "qemu/bare_machine_x86_64.h"
#include "qemu/command_line.h"
#include "qemu/huge_pages.h"
#include "qemu/machine_qemu.h"
#include "qemu/sandbox.h"
#include "qemu/target.h"

namespace quiz::qemu {

void QemuMonitor::check_present(const base::Architecture& architecture) const {
  if (base::find_program(program_)) return;
  if (program_.find('/') != std::string::npos) {
    throw base::Error("there is no program " + program_, "name an executable file with --qemu");
  }
  throw base::Error(
      fmt::format("there is no {} in {}", program_, fmt::join(base::program_directories(), ", ")),
      fmt::format("install QEMU (Debian: apt install {}), or name it with --qemu",
                  architecture.qemu_package));
}

std::vector<std::filesystem::path> QemuMonitor::needed_files() const {
  std::vector<std::filesystem::path> files = places_of(program_);
  files.insert(files.end(), kHugePageSettings.begin(), kHugePageSettings.end());
  return files;
}

std::string QemuMonitor::board(const machine::MachineSpec& spec) const {
  return board_of(spec).name();
}

void QemuMonitor::check_room(const machine::MachineSpec& spec) const { qemu::check_room(spec); }

std::size_t QemuMonitor::kernel_line_size(const machine::MachineSpec& spec) const {
  return qemu::kernel_line_size(spec);
}

machine::NetworkAddresses QemuMonitor::network_addresses() const {
  // QEMU's manual, "Using the user mode network stack": 10.0.2.15/24, 10.0.2.2 and 10.0.2.3.
  return {.guest = 0x0a00020f, .prefix = 24, .gateway = 0x0a000202, .resolver = 0x0a000203};
}

std::vector<std::string> QemuMonitor::invocation(const machine::MachineSpec& spec) const {
  Plumbing alone;
  alone.attached = false;
  return command_line(program_, spec, alone);
}

std::unique_ptr<machine::Machine> QemuMonitor::start(const machine::MachineSpec& spec,
                                                     const machine::StartOrder& order) const {
  check_present(spec.architecture);
  if (spec.plan != nullptr) return std::make_unique<BareMachine>(program_, spec, order);
  std::optional<WarmStart> warm;
  if (order.saved != machine::Saved::none && target_of(spec.architecture).saving().possible) {
    warm = WarmStart{images_, order.saved == machine::Saved::distrusted};
  }
  return std::make_unique<QemuMachine>(program_, spec, order.confinement, std::move(warm),
                                       order.reporter, order.lan);
}

}  // namespace quiz::qemu
