#include "qemu/command_line.h"

#include <fmt/format.h>

#include <array>

#include "base/error.h"

namespace quiz::qemu {

namespace {

using machine::Accelerator;
using machine::Board;
using machine::MachineSpec;

class Words {
 public:
  explicit Words(const std::string& program) : words_{program} {}
  void add(const std::string& option) { words_.push_back(option); }
  void add(const std::string& option, const std::string& value) {
    words_.push_back(option);
    words_.push_back(value);
  }
  std::vector<std::string> take() { return std::move(words_); }

 private:
  std::vector<std::string> words_;
};

/// Of q35's 32 slots the first is the host bridge's and the last the LPC bridge's.
constexpr unsigned kPciSlots = 30;
constexpr unsigned kPciFunctions = 8;

/// Virtio devices in their places. On microvm the transport that has the clock's interrupt (8) is
/// left out. On q35 QEMU gives each its slot, but for disks: there may be more of them than slots,
/// so eight share one, above those of all others.
class Slots {
 public:
  explicit Slots(const MachineSpec& spec)
      : microvm_(spec.board == Board::microvm),
        first_of_disks_(1 + virtio_devices(spec) - static_cast<unsigned>(spec.disks.size())) {}

  /// The model's name on the board's bus, and its place there.
  std::string device(const char* model) {
    if (!microvm_) return fmt::format("virtio-{}-pci", model);
    constexpr std::array<int, machine::kMicrovmDevices> kBuses = {7, 6, 5, 4, 2, 1, 0};
    return fmt::format("virtio-{}-device,bus=virtio-mmio-bus.{}", model, kBuses.at(used_++));
  }

  std::string disk() {
    std::string text = device("blk");
    if (microvm_) return text;
    text += fmt::format(",addr={:x}.{},multifunction=on", first_of_disks_ + disks_ / kPciFunctions,
                        disks_ % kPciFunctions);
    ++disks_;
    return text;
  }

 private:
  bool microvm_;
  unsigned first_of_disks_;
  std::size_t used_ = 0;
  unsigned disks_ = 0;
};

void add_q35(Words& words) {
  // Nothing that a kernel would have to look for: no HPET, SATA, SMBus, USB, keyboard controller,
  // VMware port.
  words.add("-machine",
            "q35,hpet=off,sata=off,smbus=off,usb=off,i8042=off,vmport=off,graphics=off");
}

void add_microvm(Words& words) {
  // Virtio 1.0, as on PCI.
  words.add("-machine", kMicrovm);
  words.add("-global", "virtio-mmio.force-legacy=false");
}

void add_machine(Words& words, const MachineSpec& spec) {
  if (spec.board == Board::microvm) {
    add_microvm(words);
  } else {
    add_q35(words);
  }
  words.add("-accel", accelerator_option(spec.accelerator));
  words.add("-cpu", cpu_option(spec.accelerator));
  words.add("-smp", std::to_string(spec.cpus));
  words.add("-m", fmt::format("{}M", spec.memory_mib));
}

void add_memory(Words& words, const MachineSpec& spec, const Plumbing& plumbing) {
  if (plumbing.memory.empty()) return;
  words.add("-object",
            fmt::format("memory-backend-file,id=ram,size={}M,mem-path={},share={}", spec.memory_mib,
                        escaped(plumbing.memory), plumbing.memory_shared ? "on" : "off"));
  words.add("-machine", "memory-backend=ram");
}

void add_incoming(Words& words, const Plumbing& plumbing) {
  if (plumbing.incoming) words.add("-incoming", "defer");
}

std::string kernel_line(const MachineSpec& spec, bool attached) {
  std::string line = "console=ttyS0";
  // There is no keyboard controller to reset a microvm by, and the kernel would wait for it.
  if (spec.board == Board::microvm) line += " reboot=t";
  if (attached) line += fmt::format(" quiz.wire=virtio:{}", kWireName);
  return line + " " + spec.command_line;
}

/// A machine that goes on has its kernel in its memory; QEMU would read the files all the same.
void add_kernel(Words& words, const MachineSpec& spec, const Plumbing& plumbing) {
  if (plumbing.incoming) return;
  words.add("-kernel", spec.kernel.string());
  words.add("-initrd", spec.initramfs.string());
  words.add("-append", kernel_line(spec, plumbing.attached));
}

void add_channels(Words& words, Slots& slots, const Plumbing& plumbing) {
  if (!plumbing.attached) {
    words.add("-serial", "mon:stdio");
    return;
  }
  words.add("-chardev", fmt::format("socket,id=console,fd={}", plumbing.console));
  words.add("-serial", "chardev:console");
  words.add("-chardev", fmt::format("socket,id=control,fd={}", plumbing.control));
  words.add("-mon", "chardev=control,mode=control");
  words.add("-chardev", fmt::format("socket,id=wire,fd={}", plumbing.wire));
  words.add("-device", slots.device("serial") + ",id=ports,max_ports=2");
  words.add("-device", fmt::format("virtserialport,bus=ports.0,chardev=wire,name={}", kWireName));
}

void add_shares(Words& words, Slots& slots, const MachineSpec& spec, const Plumbing& plumbing) {
  for (const machine::Share& share : spec.shares) {
    // Read-only is enforced here, on the host's side. "none": owners and modes as they are, and a
    // chown that the caller may not do is ignored. "remap": files of several file systems get
    // distinct inode numbers.
    words.add("-fsdev", fmt::format("local,id={},path={},security_model=none,multidevs=remap{}",
                                    share.tag, escaped(share.path.string()),
                                    share.writable || plumbing.lax ? "" : ",readonly=on"));
    words.add("-device", fmt::format("{0},fsdev={1},mount_tag={1}", slots.device("9p"), share.tag));
  }
}

std::string backing(const machine::Disk& disk, const Plumbing& plumbing) {
  if (plumbing.blank) {
    return fmt::format("driver=null-co,size={},read-zeroes=on", disk.bytes);
  }
  // A full disk of the host is an I/O error in the guest, not a machine that stands still. A file
  // that goes with the run need never reach the host's disk. Two writers of one file are
  // kept apart by the owner's locks; QEMU's would need to open it anew.
  return fmt::format(
      "driver=raw,file.driver=file,file.filename={},file.locking=off,cache={},discard=unmap,"
      "werror=report,rerror=report",
      escaped(disk.file.string()), disk.kept ? "writeback" : "unsafe");
}

void add_disks(Words& words, Slots& slots, const MachineSpec& spec, const Plumbing& plumbing) {
  for (const machine::Disk& disk : spec.disks) {
    words.add("-drive", fmt::format("if=none,id={},{}{}", disk.name, backing(disk, plumbing),
                                    disk.read_only ? ",read-only=on" : ""));
    words.add("-device",
              fmt::format("{0},drive={1},serial={1},logical_block_size={2},physical_block_size={2}",
                          slots.disk(), disk.name, disk.sector));
  }
}

void add_network(Words& words, Slots& slots, const MachineSpec& spec, const Plumbing& plumbing) {
  if (!spec.network) return;
  std::string network = "user,id=net";
  for (const machine::Forward& forward : spec.network->forwards) {
    if (plumbing.blank) break;
    network += fmt::format(",hostfwd={}:127.0.0.1:{}-:{}", forward.udp ? "udp" : "tcp",
                           forward.host, forward.guest);
  }
  words.add("-netdev", network);
  // The address is fixed, so that a saved machine is the same as any other; no ROM to boot from.
  const std::string rom = spec.board == Board::microvm ? "" : ",romfile=";
  words.add("-device", slots.device("net") + ",netdev=net,mac=52:54:00:12:34:56" + rom);
}

void add_root(Words& words, Slots& slots, const MachineSpec& spec) {
  if (spec.root_image.empty()) return;
  // No locks: any number of machines read it, and nobody writes.
  words.add("-drive", fmt::format("if=none,id={},format=raw,file={},read-only=on,file.locking=off",
                                  machine::kRootDisk, escaped(spec.root_image.string())));
  words.add("-device",
            fmt::format("{0},drive={1},serial={1}", slots.device("blk"), machine::kRootDisk));
}

}  // namespace

std::string escaped(const std::string& value) {
  std::string result;
  for (const char c : value) {
    result += c;
    if (c == ',') result += c;
  }
  return result;
}

std::string accelerator_option(Accelerator accelerator) {
  return accelerator == Accelerator::kvm ? "kvm" : "tcg,thread=multi,tb-size=256";
}

std::string cpu_option(Accelerator accelerator) {
  // TCG interprets `rep movsb` byte by byte, but whole words with `rep movsq`: without erms (and
  // fsrm, where QEMU knows it) the kernel and the C library copy by words. Five-level page tables
  // make every TLB miss longer.
  return accelerator == Accelerator::kvm ? "host" : "max,erms=off,fsrm=off,la57=off";
}

unsigned virtio_devices(const MachineSpec& spec) {
  constexpr unsigned kWireAndEntropy = 2;
  return kWireAndEntropy + static_cast<unsigned>(spec.shares.size() + spec.disks.size()) +
         (spec.network ? 1 : 0) + (spec.root_image.empty() ? 0 : 1);
}

void check_room(const MachineSpec& spec) {
  if (spec.board == Board::microvm) return;
  const auto disks = static_cast<unsigned>(spec.disks.size());
  const unsigned others = virtio_devices(spec) - disks;
  const unsigned most = others < kPciSlots ? (kPciSlots - others) * kPciFunctions : 0;
  if (disks <= most) return;
  throw base::Error(fmt::format("the machine has no room for {} disks", disks),
                    fmt::format("at most {} beside its other devices", most));
}

std::size_t kernel_line_size(const MachineSpec& spec) {
  // For each device of a microvm QEMU adds " virtio_mmio.device=512@0xfeb00e00:12"
  // (hw/i386/microvm.c), last of all.
  constexpr std::size_t kMmioDevice = 40;
  const std::size_t devices = spec.board == Board::microvm ? virtio_devices(spec) : 0;
  return kernel_line(spec, true).size() + devices * kMmioDevice;
}

std::vector<std::string> command_line(const std::string& program, const MachineSpec& spec,
                                      const Plumbing& plumbing) {
  Words words(program);
  words.add("-nodefaults");
  words.add("-no-user-config");
  words.add("-display", "none");
  words.add("-no-reboot");
  if (plumbing.sandbox) words.add("-sandbox", kSandbox);
  add_machine(words, spec);
  add_kernel(words, spec, plumbing);
  Slots slots(spec);
  add_channels(words, slots, plumbing);
  add_shares(words, slots, spec, plumbing);
  words.add("-device", slots.device("rng"));
  add_root(words, slots, spec);
  add_disks(words, slots, spec, plumbing);
  add_network(words, slots, spec, plumbing);
  add_memory(words, spec, plumbing);
  add_incoming(words, plumbing);
  return words.take();
}

}  // namespace quiz::qemu
