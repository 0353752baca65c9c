#include "qemu/command_line.h"

#include <fmt/format.h>

namespace quiz::qemu {

namespace {

using machine::Accelerator;
using machine::MachineSpec;

/// QEMU's option syntax doubles a comma inside a value.
std::string escaped(const std::string& value) {
  std::string result;
  for (const char c : value) {
    result += c;
    if (c == ',') result += c;
  }
  return result;
}

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
  const bool kvm = spec.accelerator == Accelerator::kvm;
  // Nothing that a kernel would have to look for: no HPET, SATA, SMBus, USB, keyboard controller,
  // VMware port.
  words.add("-machine",
            "q35,hpet=off,sata=off,smbus=off,usb=off,i8042=off,vmport=off,graphics=off");
  words.add("-accel", kvm ? "kvm" : "tcg,thread=multi,tb-size=256");
  // TCG interprets `rep movsb` byte by byte, but whole words with `rep movsq`: without erms (and
  // fsrm, where QEMU knows it) the kernel and the C library copy by words. Five-level page tables
  // make every TLB miss longer.
  words.add("-cpu", kvm ? "host" : "max,erms=off,la57=off");
  words.add("-smp", std::to_string(spec.cpus));
  words.add("-m", fmt::format("{}M", spec.memory_mib));
}

void add_kernel(Words& words, const MachineSpec& spec, const Plumbing& plumbing) {
  words.add("-kernel", spec.kernel.string());
  words.add("-initrd", spec.initramfs.string());
  std::string append = "console=ttyS0";
  if (plumbing.attached) append += fmt::format(" quiz.wire=virtio:{}", kWireName);
  words.add("-append", append + " " + spec.command_line);
}

void add_channels(Words& words, const Plumbing& plumbing) {
  if (!plumbing.attached) {
    words.add("-serial", "mon:stdio");
    return;
  }
  words.add("-chardev", fmt::format("socket,id=console,fd={}", plumbing.console));
  words.add("-serial", "chardev:console");
  words.add("-chardev", fmt::format("socket,id=control,fd={}", plumbing.control));
  words.add("-mon", "chardev=control,mode=control");
  words.add("-chardev", fmt::format("socket,id=wire,fd={}", plumbing.wire));
  words.add("-device", "virtio-serial-pci,id=ports,max_ports=2");
  words.add("-device", fmt::format("virtserialport,bus=ports.0,chardev=wire,name={}", kWireName));
}

void add_shares(Words& words, const MachineSpec& spec) {
  for (const machine::Share& share : spec.shares) {
    // Read-only is enforced here, on the host's side. "none": owners and modes as they are, and a
    // chown that the caller may not do is ignored. "remap": files of several file systems get
    // distinct inode numbers.
    words.add("-fsdev",
              fmt::format("local,id={},path={},security_model=none,multidevs=remap{}", share.tag,
                          escaped(share.path.string()), share.writable ? "" : ",readonly=on"));
    words.add("-device", fmt::format("virtio-9p-pci,fsdev={0},mount_tag={0}", share.tag));
  }
}

}  // namespace

std::vector<std::string> command_line(const std::string& program, const MachineSpec& spec,
                                      const Plumbing& plumbing) {
  Words words(program);
  words.add("-nodefaults");
  words.add("-no-user-config");
  words.add("-display", "none");
  words.add("-no-reboot");
  add_machine(words, spec);
  add_kernel(words, spec, plumbing);
  add_channels(words, plumbing);
  add_shares(words, spec);
  words.add("-device", "virtio-rng-pci");
  return words.take();
}

}  // namespace quiz::qemu
