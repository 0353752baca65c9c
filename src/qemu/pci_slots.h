// Places on a machine's one PCI bus, of any architecture that has it.
#pragma once

#include "qemu/target.h"

namespace quiz::qemu {

inline constexpr unsigned kPciFunctions = 8;

/// QEMU gives each device its slot, but for disks: there may be more of them than slots, so eight
/// share one, above those of all others.
class PciSlots : public Slots {
 public:
  /// `first`: the first slot that is not the board's own.
  PciSlots(const machine::MachineSpec& spec, unsigned first);

  std::string device(const char* model) override;
  std::string disk() override;

  /// How many disks fit on a bus with so many slots beside the board's own, and so many other
  /// devices.
  static unsigned most_disks(unsigned slots, unsigned others) {
    return others < slots ? (slots - others) * kPciFunctions : 0;
  }

 private:
  unsigned first_of_disks_;
  unsigned disks_ = 0;
};

}  // namespace quiz::qemu
