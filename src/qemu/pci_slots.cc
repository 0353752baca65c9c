#include "qemu/pci_slots.h"

#include <fmt/format.h>

namespace quiz::qemu {

PciSlots::PciSlots(const machine::MachineSpec& spec, unsigned first)
    : first_of_disks_(first + virtio_devices(spec) -
                      (spec.hot_plug ? 0 : static_cast<unsigned>(spec.disks.size()))) {}

std::string PciSlots::device(const char* model) { return fmt::format("virtio-{}-pci", model); }

std::string PciSlots::disk() {
  const std::string text =
      fmt::format("{},addr={:x}.{},multifunction=on", device("blk"),
                  first_of_disks_ + disks_ / kPciFunctions, disks_ % kPciFunctions);
  ++disks_;
  return text;
}

}  // namespace quiz::qemu
