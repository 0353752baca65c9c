// The contract of a back end: whoever makes machines (src/qemu, src/bhyve) is a Monitor, and nobody
// above knows which. Its duties are three: to say what its machines can hold, to tell how one would
// be invoked, and to start one. What of a machine is its own to choose (board, places of devices,
// names of the console, how a saved machine is kept) is chosen behind it.
//
// All but start() changes nothing, and what takes a spec only computes: the same spec gives the
// same answer on every host.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/architecture.h"
#include "base/reporter.h"
#include "machine/machine.h"
#include "machine/machine_spec.h"

namespace quiz::confinement {
class Confinement;
}

namespace quiz::machine {

/// Whether a machine may go on from where another one, alike, had been saved.
enum class Saved {
  none,       ///< it is booted, and nothing is saved
  allowed,    ///< it goes on from one, or saves one, or is just booted: as the monitor can
  distrusted  ///< one like it did not come up: what was saved is forgotten, and it is booted
};

/// What a machine is started with beside its description. Everything outlives the machine.
struct StartOrder {
  const confinement::Confinement& confinement;  ///< of every process that the machine consists of
  base::Reporter& reporter;                     ///< gets the details of saved machines
  Saved saved = Saved::none;
  /// An empty directory for files of the machine's own, large ones, too; it is the owner's to
  /// remove. Only a bare kernel's machine needs one.
  std::filesystem::path scratch{};
  /// A listening socket at which others can have the monitor's own protocol; -1: none. Of a bare
  /// kernel's machine only.
  int control_socket = -1;
  /// With MachineSpec::lan: a connected datagram socket, of which each datagram is an Ethernet
  /// frame.
  int lan = -1;
};

class Monitor {
 public:
  virtual ~Monitor() = default;

  /// Throws base::Error, with what to install, where no machine can be started: there is no such
  /// program, or it is another system's.
  virtual void check_present(const base::Architecture& architecture) const = 0;
  /// What it reads of the host to come up, beside what the spec names: its libraries and firmware.
  /// What of these the kernel has (in /sys …) is hardly a secret: the guest may come to see it.
  virtual std::vector<std::filesystem::path> needed_files() const = 0;

  // --- what its machines can hold ---

  /// Its machines run without hardware virtualization, too.
  virtual bool can_emulate() const = 0;
  /// The board's name, for people.
  virtual std::string board(const MachineSpec& spec) const = 0;
  /// Throws base::Error, with what would fit, when no board has a place for all devices.
  virtual void check_room(const MachineSpec& spec) const = 0;
  /// Bytes of the command line that the guest's kernel will get, what the monitor adds included: an
  /// upper bound.
  virtual std::size_t kernel_line_size(const MachineSpec& spec) const = 0;

  /// Its machines have the shares by virtio-fs; else by 9p.
  virtual bool shares_by_virtio_fs() const { return false; }

  /// Of MachineSpec::network.
  virtual NetworkAddresses network_addresses() const = 0;

  // --- how one would be invoked ---

  /// argv for a machine that stands alone: its console is stdio, there is no wire and nothing
  /// saved.
  virtual std::vector<std::string> invocation(const MachineSpec& spec) const = 0;

  // --- starting one ---

  /// Returns as soon as the machine's process runs; whether the machine comes up is an event. The
  /// spec outlives the machine. Throws base::Error as check_present, and when the process cannot be
  /// started.
  virtual std::unique_ptr<Machine> start(const MachineSpec& spec,
                                         const StartOrder& order) const = 0;
};

}  // namespace quiz::machine
