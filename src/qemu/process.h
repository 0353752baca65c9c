// One QEMU: the process, its monitor, what it complains about.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/child.h"
#include "confinement/confinement.h"
#include "machine/machine.h"
#include "machine/machine_spec.h"
#include "qemu/complaints.h"
#include "qemu/qmp.h"
#include "qemu/target.h"

namespace quiz::qemu {

/// Descriptor numbers inside every QEMU of ours.
inline constexpr int kConsoleDescriptor = 4;
inline constexpr int kControlDescriptor = 5;
inline constexpr int kMonitorDescriptor = 7;

/// What a QEMU is given beside its description; all descriptors belong to the caller.
struct ProcessPlan {
  std::string program;
  const machine::MachineSpec& spec;
  const confinement::Confinement& confinement;
  int wire = -1;               ///< connected stream sockets: the machine's ends
  int console = -1;            ///< "
  std::string memory{};        ///< as in Plumbing
  int memory_descriptor = -1;  ///< of that file, as QEMU is to have it: readable only, or writable
  bool memory_shared = false;
  bool blank = false;
  int lan = -1;       ///< the machine's end, if it is to have it
  int incoming = -1;  ///< a saved state to go on from
  /// Called once that is loaded, while the CPUs still stand.
  std::function<void(pid_t)> before_going_on{};
};

/// Of migrations, for both sides: the RAM is in its file already, and events tell how far it is.
inline constexpr char kCapabilities[] =
    R"({"capabilities":[{"capability":"x-ignore-shared","state":true},)"
    R"({"capability":"events","state":true}]})";

/// A file as QEMU is to have it.
struct OpenFile {
  std::filesystem::path path;
  base::Fd file;
};

class QemuProcess {
 public:
  /// Throws base::Error when the program is missing or cannot be started; what it complains about
  /// later is an event.
  explicit QemuProcess(const ProcessPlan& plan);
  /// Any QEMU: arguments and descriptors but for the monitor's (kControlDescriptor), stdout and
  /// stderr, which are added. It gets the `files` when it opens their paths for writing; those of
  /// its accelerator are added.
  QemuProcess(base::SpawnOptions options, const confinement::Confinement& confinement,
              std::vector<OpenFile> files, machine::Accelerator accelerator);
  QemuProcess(const QemuProcess&) = delete;
  QemuProcess& operator=(const QemuProcess&) = delete;

  /// To poll for input.
  std::vector<int> descriptors() const;
  /// What is new about the machine, in order.
  std::vector<machine::MachineEvent> handle();
  /// True once after the machine began to run (again) since it was asked before.
  bool take_resumed();
  pid_t pid() const { return process_->pid(); }
  bool ended() const { return end_reported_; }
  /// It has made the whole machine, as far as handle() has seen.
  bool greeted() const { return greeted_; }
  /// It has ended before its main loop ran: something that it was asked for cannot be had. Not
  /// because of its accelerator, with another one it may start, nor killed by somebody.
  bool refused();
  /// It has ended by a limit of the caller's that it has, too; empty, or its name.
  std::string limit_hit();

  // As machine::Machine has it.
  void stop_cpus();
  void continue_cpus();
  /// `console` leads into the guest's serial port, the chardev "console".
  void system_request(char key, int console);
  bool inject_nmi();
  std::vector<machine::DiskTraffic> disk_traffic();
  void plug(const machine::Disk& disk);
  void unplug(const std::string& name);
  base::Fd begin_debugging();
  void end_debugging();

  /// nullptr once QEMU has closed it.
  Qmp* monitor() { return qmp_.get(); }
  /// Nothing of it runs when this returns.
  void kill();

 private:
  void read_errors();
  bool has_panic_mark();
  machine::MachineEvent describe_end();

  std::vector<OpenFile> files_;
  std::function<void(pid_t)> before_going_on_;
  bool accelerated_;
  const Target* target_ = nullptr;  // known of a machine of quiz's own making
  base::Fd errors_;                 // QEMU's stdout and stderr
  Complaints complaints_;
  bool end_reported_ = false;
  bool resumed_ = false;
  bool greeted_ = false;
  bool answered_ = false;
  bool debugged_ = false;
  std::unique_ptr<Qmp> qmp_;
  std::unique_ptr<confinement::Guard> guard_;
  std::unique_ptr<base::Child> process_;
};

}  // namespace quiz::qemu
