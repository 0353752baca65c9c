#include "qemu/pci_slots.h"
#include "qemu/target_riscv64.h"

namespace quiz::qemu {

namespace {

/// Of 32 slots the first is the host bridge's. Of the other kind of places, transports at fixed
/// addresses, there are but eight.
constexpr unsigned kFirstSlot = 1;
constexpr unsigned kPciSlots = 31;

class Virt : public Board {
 public:
  const char* name() const override { return "virt"; }
  std::vector<std::string> words() const override { return {"-machine", name()}; }
  bool has_roms() const override { return true; }
  unsigned most_disks(unsigned others) const override {
    return PciSlots::most_disks(kPciSlots, others);
  }
  std::unique_ptr<Slots> slots(const machine::MachineSpec& spec) const override {
    return std::make_unique<PciSlots>(spec, kFirstSlot);
  }
};

}  // namespace

const Board& board_virt_riscv64() {
  static const Virt board;
  return board;
}

}  // namespace quiz::qemu
