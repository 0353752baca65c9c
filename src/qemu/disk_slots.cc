#include "qemu/disk_slots.h"

#include <fcntl.h>
#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"

namespace quiz::qemu {

namespace {

using base::Json;

constexpr int kPatienceMs = 3000;

void require(bool done, const std::string& disk, const char* what) {
  if (!done) throw base::Error(fmt::format("QEMU does not {} the disk {}", what, disk));
}

/// As command_line() describes a disk that is there from the start.
Json node_of(const machine::Disk& disk, const std::string& file) {
  return Json::object(
      {{"driver", "raw"},
       {"node-name", disk.name},
       {"read-only", disk.read_only},
       {"discard", "unmap"},
       {"cache", Json::object({{"direct", false}, {"no-flush", !disk.kept}})},
       {"file",
        Json::object({{"driver", "file"},
                      {"filename", file},
                      {"locking", "off"},
                      {"cache", Json::object({{"direct", false}, {"no-flush", !disk.kept}})}})}});
}

Json device_of(const machine::Disk& disk) {
  return Json::object({{"driver", "scsi-hd"},
                       {"bus", std::string(kDiskBus) + ".0"},
                       {"id", disk.name},
                       {"drive", disk.name},
                       {"serial", disk.name},
                       {"logical_block_size", disk.sector},
                       {"physical_block_size", disk.sector},
                       {"werror", "report"},
                       {"rerror", "report"}});
}

std::string named(const char* key, const std::string& name) {
  return Json::object({{key, name}}).dump();
}

}  // namespace

void plug_disk(Qmp& monitor, const machine::Disk& disk) {
  constexpr int kSet = 1;  // QEMU's copy of the descriptor outlives it
  const std::string set = Json::object({{"fdset-id", kSet}}).dump();
  const base::Fd file =
      base::open_file(disk.file, (disk.read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC);
  require(monitor.call_with(file.get(), "add-fd", set, kPatienceMs), disk.name, "take");
  const std::string node = node_of(disk, fmt::format("/dev/fdset/{}", kSet)).dump();
  const bool opened = monitor.call("blockdev-add", node, kPatienceMs);
  monitor.call("remove-fd", set, kPatienceMs);
  require(opened, disk.name, "open");
  if (monitor.call("device_add", device_of(disk).dump(), kPatienceMs)) return;
  monitor.call("blockdev-del", named("node-name", disk.name), kPatienceMs);
  require(false, disk.name, "plug");
}

void unplug_disk(Qmp& monitor, const std::string& name) {
  require(monitor.call("device_del", named("id", name), kPatienceMs), name, "unplug");
  monitor.wait_for([](const QmpEvent& event) { return event.name == "DEVICE_DELETED"; },
                   kPatienceMs);
  // One that was there from the start goes with its device.
  monitor.call("blockdev-del", named("node-name", name), kPatienceMs);
}

}  // namespace quiz::qemu
