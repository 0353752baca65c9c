#include <fmt/format.h>

#include "qemu/target_x86_64.h"

namespace quiz::qemu {

namespace {

/// Of 32 slots the first is the host bridge's and the last the LPC bridge's.
constexpr unsigned kPciSlots = 30;
constexpr unsigned kPciFunctions = 8;

/// QEMU gives each device its slot, but for disks: there may be more of them than slots, so eight
/// share one, above those of all others.
class PciSlots : public Slots {
 public:
  explicit PciSlots(const machine::MachineSpec& spec)
      : first_of_disks_(1 + virtio_devices(spec) - static_cast<unsigned>(spec.disks.size())) {}

  std::string device(const char* model) override { return fmt::format("virtio-{}-pci", model); }

  std::string disk() override {
    const std::string text =
        fmt::format("{},addr={:x}.{},multifunction=on", device("blk"),
                    first_of_disks_ + disks_ / kPciFunctions, disks_ % kPciFunctions);
    ++disks_;
    return text;
  }

 private:
  unsigned first_of_disks_;
  unsigned disks_ = 0;
};

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
  unsigned most_disks(unsigned others) const override {
    return others < kPciSlots ? (kPciSlots - others) * kPciFunctions : 0;
  }
  std::unique_ptr<Slots> slots(const machine::MachineSpec& spec) const override {
    return std::make_unique<PciSlots>(spec);
  }
};

}  // namespace

const Board& board_q35() {
  static const Q35 board;
  return board;
}

}  // namespace quiz::qemu
