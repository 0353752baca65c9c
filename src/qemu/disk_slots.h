// Disks of a running QEMU that come and go (QEMU's QMP reference: add-fd, device_add,
// device_del). QEMU opens no file for it: it gets a descriptor.
#pragma once

#include <string>

#include "machine/machine_spec.h"
#include "qemu/qmp.h"

namespace quiz::qemu {

/// The id of the controller of a machine with hot_plug.
inline constexpr char kDiskBus[] = "slots";

/// Throws base::Error: the file does not open, or QEMU refuses.
void plug_disk(Qmp& monitor, const machine::Disk& disk);
/// Throws base::Error where QEMU refuses.
void unplug_disk(Qmp& monitor, const std::string& name);

}  // namespace quiz::qemu
