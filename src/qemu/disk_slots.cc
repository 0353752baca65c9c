#include "qemu/disk_slots.h"

#include <fcntl.h>
#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "qemu/command_line.h"

namespace quiz::qemu {

namespace {

using base::Json;

constexpr int kPatienceMs = 3000;

void require(bool done, const std::string& disk, const char* what) {
  if (!done) throw base::Error(fmt::format("QEMU does not {} the disk {}", what, disk));
}

Json device_of(const machine::Disk& disk) {
  return Json::object({{"driver", "scsi-hd"},
                       {"bus", std::string(kDiskBus) + ".0"},
                       {"id", disk.name},
                       {"drive", disk.name},
                       {"serial", disk.name},
                       {"logical_block_size", disk.sector},
                       {"physical_block_size", disk.sector}});
}

/// Only the monitor for people has -drive, whose backends have names and go with their device. It
/// answers with words.
std::optional<std::string> say(Qmp& monitor, const std::string& words) {
  return monitor.ask("human-monitor-command", Json::object({{"command-line", words}}).dump(),
                     kPatienceMs);
}

}  // namespace

void plug_disk(Qmp& monitor, const machine::Disk& disk) {
  constexpr int kSet = 1;  // QEMU's copy of the descriptor outlives it
  const std::string set = Json::object({{"fdset-id", kSet}}).dump();
  const base::Fd file =
      base::open_file(disk.file, (disk.read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC);
  require(monitor.call_with(file.get(), "add-fd", set, kPatienceMs), disk.name, "take");
  machine::Disk described = disk;
  described.file = fmt::format("/dev/fdset/{}", kSet);
  // Or it would begin with a descriptor that can only be read, which this set has not.
  const auto answer =
      say(monitor, "drive_add 0 " + drive_option(described) + ",auto-read-only=off");
  monitor.call("remove-fd", set, kPatienceMs);
  require(answer && answer->starts_with("OK"), disk.name, "open");
  if (monitor.call("device_add", device_of(disk).dump(), kPatienceMs)) return;
  say(monitor, "drive_del " + disk.name);
  require(false, disk.name, "plug");
}

void unplug_disk(Qmp& monitor, const std::string& name) {
  const std::string id = Json::object({{"id", name}}).dump();
  require(monitor.call("device_del", id, kPatienceMs), name, "unplug");
  monitor.wait_for([](const QmpEvent& event) { return event.name == "DEVICE_DELETED"; },
                   kPatienceMs);
}

}  // namespace quiz::qemu
