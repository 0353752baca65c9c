#include <fmt/format.h>

#include "qemu/pci_slots.h"
#include "qemu/target_x86_64.h"

namespace quiz::qemu {

namespace {

/// Of 32 slots the first is the host bridge's and the last the LPC bridge's.
constexpr unsigned kFirstSlot = 1;
constexpr unsigned kPciSlots = 30;

class Q35 : public Board {
 public:
  const char* name() const override { return "q35"; }
  std::vector<std::string> words() const override {
    // Nothing that a kernel would have to look for: no HPET, SATA, SMBus, USB, keyboard controller,
    // VMware port.
    return {"-machine",
            "q35,hpet=off,sata=off,smbus=off,usb=off,i8042=off,vmport=off,graphics=off"};
  }
  std::string kernel_words() const override { return fmt::format(" {}", kRestartAfterPanic); }
  bool has_roms() const override { return true; }
  bool has_hot_plug() const override { return true; }
  unsigned most_disks(unsigned others) const override {
    return PciSlots::most_disks(kPciSlots, others);
  }
  std::unique_ptr<Slots> slots(const machine::MachineSpec& spec) const override {
    return std::make_unique<PciSlots>(spec, kFirstSlot);
  }
};

}  // namespace

const Board& board_q35() {
  static const Q35 board;
  return board;
}

}  // namespace quiz::qemu
