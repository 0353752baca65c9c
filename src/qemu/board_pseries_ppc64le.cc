#include "qemu/pci_slots.h"
#include "qemu/target_ppc64le.h"

namespace quiz::qemu {

namespace {

constexpr unsigned kFirstSlot = 0;
constexpr unsigned kPciSlots = 32;

class Pseries : public Board {
 public:
  const char* name() const override { return "pseries"; }
  std::vector<std::string> words() const override {
    // x-vof: firmware that does nothing but answer, which saves a half of a cold boot. The emulator
    // has none of the mitigations that the others stand for, and warns of each that is not off.
    return {"-machine",
            "pseries,x-vof=on,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off"};
  }
  bool has_roms() const override { return true; }
  unsigned most_disks(unsigned others) const override {
    return PciSlots::most_disks(kPciSlots, others);
  }
  std::unique_ptr<Slots> slots(const machine::MachineSpec& spec) const override {
    return std::make_unique<PciSlots>(spec, kFirstSlot);
  }
};

}  // namespace

const Board& board_pseries() {
  static const Pseries board;
  return board;
}

}  // namespace quiz::qemu
