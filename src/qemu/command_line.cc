#include "qemu/command_line.h"

#include <fmt/format.h>

#include "base/error.h"
#include "qemu/disk_slots.h"
#include "qemu/target.h"

namespace quiz::qemu {

namespace {

using machine::Accelerator;
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

void add_machine(Words& words, const MachineSpec& spec) {
  for (const std::string& word : board_of(spec).words()) words.add(word);
  words.add("-accel", accelerator_option(spec.accelerator));
  words.add("-cpu", target_of(spec.architecture).cpu(spec.accelerator));
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
  std::string line = spec.architecture.console_words() + board_of(spec).kernel_words();
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
    words.add("-fsdev",
              fmt::format("local,id={},path={},security_model={},multidevs=remap{}", share.tag,
                          escaped(share.path.string()), share.mapped ? "mapped-xattr" : "none",
                          share.writable || plumbing.lax ? "" : ",readonly=on"));
    words.add("-device", fmt::format("{0},fsdev={1},mount_tag={1}", slots.device("9p"), share.tag));
  }
}

std::string blank_drive(const machine::Disk& disk) {
  return fmt::format("if=none,id={},driver=null-co,size={},read-zeroes=on{}", disk.name, disk.bytes,
                     disk.read_only ? ",read-only=on" : "");
}

/// One that is pulled out is gone at once on a SCSI bus; on PCI the guest has to agree.
void add_disks(Words& words, Slots& slots, const MachineSpec& spec, const Plumbing& plumbing) {
  if (spec.hot_plug) words.add("-device", fmt::format("{},id={}", slots.device("scsi"), kDiskBus));
  for (const machine::Disk& disk : spec.disks) {
    words.add("-drive", plumbing.blank ? blank_drive(disk) : drive_option(disk));
    words.add("-device",
              fmt::format("{0},drive={1},serial={1},logical_block_size={2},physical_block_size={2}",
                          spec.hot_plug ? fmt::format("scsi-hd,bus={}.0,id={}", kDiskBus, disk.name)
                                        : slots.disk(),
                          disk.name, disk.sector));
  }
}

/// The address is fixed, so that a saved machine is the same as any other; no ROM to boot from.
void add_card(Words& words, Slots& slots, const MachineSpec& spec, const char* network,
              std::uint64_t card) {
  std::string address;
  for (int shift = 40; shift >= 0; shift -= 8) {
    address += fmt::format("{}{:02x}", address.empty() ? "" : ":", card >> shift & 0xff);
  }
  words.add("-device", fmt::format("{},netdev={},mac={}{}", slots.device("net"), network, address,
                                   board_of(spec).has_roms() ? ",romfile=" : ""));
}

void add_lan(Words& words, Slots& slots, const MachineSpec& spec, const Plumbing& plumbing) {
  if (!spec.lan) return;
  words.add("-netdev", plumbing.blank || plumbing.lan < 0
                           ? std::string("hubport,id=lan,hubid=0")
                           : fmt::format("dgram,id=lan,local.type=fd,local.str={}", plumbing.lan));
  add_card(words, slots, spec, "lan", machine::kLanCard);
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
  add_card(words, slots, spec, "net", machine::kNetworkCard);
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

std::string drive_option(const machine::Disk& disk) {
  // A full disk of the host is an I/O error in the guest, not a machine that stands still. A file
  // that goes with the run need never reach the host's disk. Two writers of one file are
  // kept apart by the owner's locks; QEMU's would need to open it anew.
  return fmt::format(
      "if=none,id={},driver=raw,file.driver=file,file.filename={},file.locking=off,cache={},"
      "discard=unmap,werror=report,rerror=report{}",
      disk.name, escaped(disk.file.string()), disk.kept ? "writeback" : "unsafe",
      disk.read_only ? ",read-only=on" : "");
}

std::string accelerator_option(Accelerator accelerator) {
  return accelerator == Accelerator::kvm ? "kvm" : "tcg,thread=multi,tb-size=256";
}

void check_room(const MachineSpec& spec) {
  const Board& board = board_of(spec);
  if (spec.cpus > board.most_cpus()) {
    throw base::Error(
        fmt::format("a machine of {} has no room for {} CPUs", spec.architecture.name, spec.cpus),
        fmt::format("at most {}: -c {}", board.most_cpus(), board.most_cpus()));
  }
  if (spec.memory_mib > board.most_memory_mib()) {
    throw base::Error(
        fmt::format("a machine of {} has no room for {} MiB", spec.architecture.name,
                    spec.memory_mib),
        fmt::format("at most {}: -m {}", board.most_memory_mib(), board.most_memory_mib()));
  }
  if (spec.hot_plug) {
    if (board.has_hot_plug()) return;
    throw base::Error(fmt::format("on QEMU's board {} no disks come and go", board.name()),
                      "leave -p hotplug out; machines of x86_64 have it");
  }
  const auto disks = static_cast<unsigned>(spec.disks.size());
  const unsigned most = board.most_disks(virtio_devices(spec) - disks);
  if (disks <= most) return;
  throw base::Error(fmt::format("the machine has no room for {} disks", disks),
                    fmt::format("at most {} beside its other devices", most));
}

std::size_t kernel_line_size(const MachineSpec& spec) {
  return kernel_line(spec, true).size() + virtio_devices(spec) * board_of(spec).bytes_per_device();
}

std::vector<std::string> command_line(const std::string& program, const MachineSpec& spec,
                                      const Plumbing& plumbing) {
  Words words(program);
  words.add("-nodefaults");
  words.add("-no-user-config");
  words.add("-display", "none");
  words.add("-no-reboot");
  // What the guest's kernel left in the memory is looked at (PanicMark); then the owner ends QEMU.
  if (plumbing.attached) words.add("-no-shutdown");
  if (plumbing.sandbox) words.add("-sandbox", kSandbox);
  if (spec.stopped) words.add("-S");
  add_machine(words, spec);
  add_kernel(words, spec, plumbing);
  const std::unique_ptr<Slots> places = board_of(spec).slots(spec);
  Slots& slots = *places;
  add_channels(words, slots, plumbing);
  add_shares(words, slots, spec, plumbing);
  words.add("-device", slots.device("rng"));
  add_root(words, slots, spec);
  add_disks(words, slots, spec, plumbing);
  add_network(words, slots, spec, plumbing);
  add_lan(words, slots, spec, plumbing);
  add_memory(words, spec, plumbing);
  add_incoming(words, plumbing);
  return words.take();
}

}  // namespace quiz::qemu
