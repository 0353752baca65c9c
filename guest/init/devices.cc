#include "devices.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/netlink.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <string_view>

#include "device_mapper.h"
#include "files.h"
#include "memory_device.h"
#include "modules.h"
#include "network.h"

namespace quiz::init {

namespace {

constexpr char kBlock[] = "/sys/block";

void for_each_entry(const std::string& directory, const std::function<void(std::string)>& use) {
  DIR* const listing = ::opendir(directory.c_str());
  if (listing == nullptr) return;
  while (const dirent* entry = ::readdir(listing)) {
    if (entry->d_name[0] != '.') use(entry->d_name);
  }
  ::closedir(listing);
}

void link_device(const std::string& kernel_name, const std::string& name) {
  const std::string path = "/dev/" + name;
  ::unlink(path.c_str());
  ::symlink(kernel_name.c_str(), path.c_str());
}

/// What udev would write down of a disk: with it `lsblk -o +SERIAL` has the name where no udev
/// runs.
void note_serial(const std::string& kernel_name, const std::string& name) {
  const std::string number = read_line(std::string(kBlock) + "/" + kernel_name + "/dev");
  constexpr char kRecords[] = "/run/udev/data";
  if (number.empty() || !make_directories(kRecords)) return;
  write_file(std::string(kRecords) + "/b" + number, "E:ID_SERIAL=" + name + "\n");
}

bool has_scsi() { return ::access("/sys/class/scsi_host/host0", F_OK) == 0; }

/// By a disk on a SCSI bus it is told in a page of its vital product data, behind four bytes
/// (SPC-4, 7.8.18).
std::string serial_of(const std::string& disk) {
  const std::string directory = std::string(kBlock) + "/" + disk + "/";
  std::string serial = read_line(directory + "serial");
  if (!serial.empty()) return serial;
  constexpr std::size_t kHeader = 4;
  const base::Fd page(::open((directory + "device/vpd_pg80").c_str(), O_RDONLY | O_CLOEXEC));
  char bytes[256];
  const ssize_t count = page ? ::read(page.get(), bytes, sizeof bytes) : -1;
  if (count <= static_cast<ssize_t>(kHeader)) return {};
  serial.assign(bytes + kHeader, static_cast<std::size_t>(count) - kHeader);
  serial.erase(serial.find_last_not_of(std::string(" \0", 2)) + 1);
  return serial;
}

/// A saved machine has seen another disk than this run's: one that was empty.
void forget_content(const std::string& kernel_name) {
  const base::Fd disk(::open(("/dev/" + kernel_name).c_str(), O_RDONLY | O_CLOEXEC));
  if (!disk) return;
  ::ioctl(disk.get(), BLKFLSBUF, 0);
  ::ioctl(disk.get(), BLKRRPART, 0);
}

}  // namespace

bool Devices::fail(const std::string& what) {
  error_number_ = errno != 0 ? errno : ENODEV;
  failure_ = what;
  return false;
}

void Devices::make(const wire::Devices& wanted) {
  for (const wire::Module& module : wanted.modules) {
    errno = 0;
    if (!load_module(module.path, module.parameters)) {
      fail("load the module " + module.path);
      return;
    }
  }
  // First the listener, then the look at what is there: nothing is missed.
  if (!wanted.disks.empty() || !wanted.memory.empty()) watch_events();
  if (!wanted.disks.empty() && !name_disks(wanted.disks)) return;
  MemoryDevices memory;
  for (const wire::MemoryDevice& device : wanted.memory) {
    errno = 0;
    const std::string kernel_name = memory.make(device);
    if (kernel_name.empty()) {
      fail("make /dev/" + device.name + " (" + memory.problem() + ")");
      return;
    }
    if (kernel_name == device.name) continue;  // so are its partitions
    link_device(kernel_name, device.name);
    note_serial(kernel_name, device.name);
    names_[kernel_name] = device.name;
  }
  DeviceMapper mapper;
  for (const wire::MapperDevice& device : wanted.mapper) {
    errno = 0;
    if (!mapper.make(device)) {
      fail("make /dev/" + device.name + " (" + mapper.problem() + ")");
      return;
    }
  }
  errno = 0;
  for (const wire::NetworkAddress& network : {wanted.network, wanted.lan}) {
    if (network.address != 0 && !bring_up_network(network)) fail("bring up the network card");
  }
}

/// Those that are on a SCSI bus the kernel finds after their driver has been loaded, in its own
/// time.
bool Devices::name_disks(const std::vector<std::string>& serials) {
  constexpr int kPatienceMs = 20'000;
  constexpr int kLookMs = 5;
  for (int waited = 0;; waited += kLookMs) {
    name_present(serials);
    const auto missing = std::find_if_not(serials.begin(), serials.end(),
                                          [&](const auto& serial) { return has(serial); });
    if (missing == serials.end()) return true;
    errno = 0;
    if (waited > kPatienceMs || !has_scsi()) return fail("find the disk " + *missing);
    ::usleep(kLookMs * 1000);
  }
}

void Devices::name_present(const std::vector<std::string>& serials) {
  for_each_entry(kBlock, [&](const std::string& disk) {
    const std::string serial = serial_of(disk);
    if (std::find(serials.begin(), serials.end(), serial) == serials.end()) return;
    if (!names_.emplace(disk, serial).second) return;
    forget_content(disk);
    link_device(disk, serial);
    note_serial(disk, serial);
    name_partitions(disk);
  });
}

bool Devices::has(const std::string& name) const {
  return std::any_of(names_.begin(), names_.end(),
                     [&](const auto& entry) { return entry.second == name; });
}

void Devices::expect(const wire::Disk& disk) {
  if (!events_) watch_events();
  expected_.push_back(disk);
  if (disk.there) name_present({disk.name});
}

std::vector<wire::Disk> Devices::take_settled() {
  const auto first =
      std::stable_partition(expected_.begin(), expected_.end(),
                            [&](const wire::Disk& disk) { return has(disk.name) != disk.there; });
  std::vector<wire::Disk> settled(first, expected_.end());
  expected_.erase(first, expected_.end());
  return settled;
}

void Devices::name_expected() {
  for (const wire::Disk& disk : expected_) {
    if (disk.there) name_present({disk.name});
  }
}

void Devices::forget_missing() {
  std::vector<std::string> missing;
  for (const auto& [disk, name] : names_) {
    if (::access((std::string(kBlock) + "/" + disk).c_str(), F_OK) != 0) missing.push_back(disk);
  }
  for (const std::string& disk : missing) forget_disk(disk);
}

/// Its name is another's from now on, if anybody's.
void Devices::forget_disk(const std::string& disk) {
  const auto entry = names_.find(disk);
  if (entry == names_.end()) return;
  ::unlink(("/dev/" + entry->second).c_str());
  names_.erase(entry);
}

void Devices::name_partitions(const std::string& disk) {
  const std::string directory = std::string(kBlock) + "/" + disk + "/";
  for_each_entry(directory, [&](const std::string& entry) {
    const std::string number = read_line(directory + entry + "/partition");
    if (!number.empty()) link_device(entry, names_[disk] + "p" + number);
  });
}

void Devices::watch_events() {
  events_.reset(
      ::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT));
  sockaddr_nl address = {};
  address.nl_family = AF_NETLINK;
  address.nl_groups = 1;  // the kernel's own events
  if (events_ &&
      ::bind(events_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    events_.reset();
  }
}

void Devices::handle_events() {
  // "ACTION@/devices/…/block/vda/vda1\0NAME=value\0…"
  char message[8192];
  for (;;) {
    const ssize_t count = ::recv(events_.get(), message, sizeof message, 0);
    if (count <= 0 && errno != ENOBUFS) return;
    if (count <= 0) {  // too many at once: look at all
      forget_missing();
      for (const auto& [disk, name] : names_) name_partitions(disk);
      name_expected();
      continue;
    }
    std::string_view rest(message, static_cast<std::size_t>(count));
    std::string action, device, number, type;
    while (!rest.empty()) {
      const std::string_view field = rest.substr(0, rest.find('\0'));
      rest.remove_prefix(std::min(field.size() + 1, rest.size()));
      const auto take = [&](std::string_view name, std::string& value) {
        if (field.starts_with(name)) value = field.substr(name.size());
      };
      take("ACTION=", action);
      take("DEVNAME=", device);
      take("PARTN=", number);
      take("DEVTYPE=", type);
    }
    if (type == "disk" && action == "add") name_expected();
    if (type == "disk" && action == "remove") forget_disk(device);
    if (number.empty()) continue;
    for (const auto& [disk, name] : names_) {
      // vda1, ram0p1: the disk's name, a p where that ends with a digit, the number.
      const std::string partition = "p" + number;
      if (device != disk + number && device != disk + partition) continue;
      if (action == "add") link_device(device, name + partition);
      if (action == "remove") ::unlink(std::string("/dev/").append(name).append(partition).c_str());
    }
  }
}

}  // namespace quiz::init
