#include "bhyve/command_line.h"

#include <fmt/format.h>

namespace quiz::bhyve {

namespace {

using machine::MachineSpec;

/// PCI slots; 0 is the host bridge and 31 the one to the ISA devices.
class Slots {
 public:
  explicit Slots(std::vector<std::string>& words) : words_(words) {}
  void add(const std::string& device) {
    words_.emplace_back("-s");
    words_.push_back(fmt::format("{},{}", next_++, device));
  }

 private:
  std::vector<std::string>& words_;
  unsigned next_ = 1;
};

void add_variable(std::vector<std::string>& words, const std::string& name,
                  const std::string& value) {
  words.emplace_back("-o");
  words.push_back(fmt::format("{}={}", name, value));
}

void add_loader(std::vector<std::string>& words, const MachineSpec& spec) {
  add_variable(words, "loader.name", "linux");
  add_variable(words, "loader.kernel", spec.kernel.string());
  if (!spec.initramfs.empty()) add_variable(words, "loader.initrd", spec.initramfs.string());
  add_variable(words, "loader.cmdline", kernel_line(spec));
}

void add_network(Slots& slots, const machine::Network& network) {
  // open: not only what is forwarded. All forwards are one option.
  std::string device = "virtio-net,slirp,open";
  const char* separator = ",hostfwd=";
  for (const machine::Forward& forward : network.forwards) {
    device += fmt::format("{}{}:127.0.0.1:{}-:{}", separator, forward.udp ? "udp" : "tcp",
                          forward.host, forward.guest);
    separator = ";";
  }
  slots.add(device);
}

}  // namespace

unsigned devices(const MachineSpec& spec) {
  constexpr unsigned kRandomNumbers = 1;
  return static_cast<unsigned>(spec.shares.size() + spec.disks.size()) +
         (spec.root_image.empty() ? 0 : 1) + (spec.network ? 1 : 0) + kRandomNumbers;
}

std::string kernel_line(const MachineSpec& spec) {
  return spec.architecture.console_words() + " " + spec.command_line;
}

std::vector<std::string> command_line(const std::string& program, const MachineSpec& spec) {
  // -M: the machine goes with its process (monitor mode); -H, -P: CPUs that wait give the host
  // theirs; -w: MSRs that bhyve does not know are no fault. ACPI tables are always there.
  std::vector<std::string> words = {program,
                                    "-M",
                                    "-H",
                                    "-P",
                                    "-w",
                                    "-c",
                                    fmt::format("cpus={}", spec.cpus),
                                    "-m",
                                    fmt::format("{}M", spec.memory_mib)};
  add_loader(words, spec);
  words.insert(words.end(), {"-s", "0,hostbridge", "-s", "31,lpc", "-l", "com1,stdio"});
  Slots slots(words);
  for (const machine::Share& share : spec.shares) {
    slots.add(fmt::format("virtio-9p,{}={}{}", share.tag, share.path.string(),
                          share.writable ? "" : ",ro"));
  }
  if (!spec.root_image.empty()) {
    slots.add(fmt::format("virtio-blk,{},ser={},ro", spec.root_image.string(), machine::kRootDisk));
  }
  for (const machine::Disk& disk : spec.disks) {
    slots.add(fmt::format("virtio-blk,{},sectorsize={},ser={}{}", disk.file.string(), disk.sector,
                          disk.name, disk.read_only ? ",ro" : ""));
  }
  if (spec.network) add_network(slots, *spec.network);
  slots.add("virtio-rnd");
  words.emplace_back("quiz");  // bhyve wants a name
  return words;
}

}  // namespace quiz::bhyve
