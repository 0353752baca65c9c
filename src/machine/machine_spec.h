// What a machine is, as a value. Whoever builds one (src/run) decides; a back end (monitor.h)
// translates.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/architecture.h"

namespace quiz::boot {
struct BootPlan;
}

namespace quiz::machine {

enum class Accelerator { kvm, tcg };

/// A directory of the host that the guest can mount, by its tag.
struct Share {
  std::string tag;
  std::filesystem::path path;
  bool writable = false;
  /// What only root may make (owners, set-id bits, devices) is noted in attributes of user., and
  /// the guest is shown that.
  bool mapped = false;
};

/// A block device: a raw file of the host.
struct Disk {
  std::string name;  ///< the guest finds it as the device's serial number: at most 20 bytes
  std::filesystem::path file;  ///< of `bytes` bytes
  std::uint64_t bytes = 0;     ///< a multiple of the sector size
  unsigned sector = 512;       ///< 512 or 4096
  bool read_only = false;
  bool kept = false;  ///< the file outlives the run: what the guest flushes reaches the host's disk
};

/// A port of the host, on its loopback address, that leads to one of the guest.
struct Forward {
  std::uint16_t host = 0;
  std::uint16_t guest = 0;
  bool udp = false;
};

/// A network card behind address translation, as an ordinary user may have it.
struct Network {
  std::vector<Forward> forwards;
  bool host_services =
      false;  ///< it reaches those on the host's loopback, and link-local addresses
};

/// The cards of a machine, as it has them from the beginning.
inline constexpr std::uint64_t kNetworkCard = 0x525400123456;
inline constexpr std::uint64_t kLanCard = 0x525400123457;

/// The serial number of the root image's disk.
inline constexpr char kRootDisk[] = "root";

/// What a guest with a Network is called there, and whom it finds: IPv4, the most significant byte
/// first in value.
struct NetworkAddresses {
  std::uint32_t guest = 0;
  unsigned prefix = 0;        ///< length of the network's part
  std::uint32_t gateway = 0;  ///< the host, too
  std::uint32_t resolver = 0;
};

struct MachineSpec {
  Accelerator accelerator = Accelerator::tcg;
  base::Architecture architecture = base::host_architecture();
  /// The kernel can do without PCI and firmware tables: it finds devices by its command line. What
  /// board suits that is the back end's choice.
  bool devices_by_command_line = false;
  unsigned cpus = 1;
  std::uint64_t memory_mib = 0;
  bool stopped = false;  ///< its CPUs stand from the start until a debugger lets them go
  /// A bare kernel that quiz's own loader puts into memory, in the place of the files below: such a
  /// machine has its board and memory from the plan, and neither wire nor devices of a run.
  const boot::BootPlan* plan = nullptr;
  std::filesystem::path kernel;  ///< an uncompressed ELF image with a PVH entry, or a bzImage
  std::filesystem::path initramfs;
  std::string command_line;  ///< what the run asks for; the back end adds the console and the wire
  std::vector<Share> shares;
  std::vector<Disk> disks;
  bool hot_plug = false;  ///< disks may be plugged and pulled while it runs, these, too
  std::optional<Network> network;
  bool lan = false;  ///< a card at a network of machines: StartOrder::lan
  /// A file system image, on a read-only disk that the guest knows by kRootDisk; empty: none. It is
  /// part of the machine: one that is saved may have it mounted.
  std::filesystem::path root_image;
};

}  // namespace quiz::machine
