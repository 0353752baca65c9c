#include <fmt/format.h>

#include <array>

#include "qemu/target_x86_64.h"

namespace quiz::qemu {

namespace {

/// The transport that has the clock's interrupt (3) is left out.
class MmioSlots : public Slots {
 public:
  std::string device(const char* model) override {
    constexpr std::array<int, kMicrovmDevices> kBuses = {7, 6, 5, 4, 2, 1, 0};
    return fmt::format("virtio-{}-device,bus=virtio-mmio-bus.{}", model, kBuses.at(used_++));
  }

 private:
  std::size_t used_ = 0;
};

class Microvm : public Board {
 public:
  const char* name() const override { return "microvm"; }
  std::vector<std::string> words() const override {
    // Virtio 1.0, as on PCI.
    return {"-machine", kMicrovm, "-global", "virtio-mmio.force-legacy=false"};
  }
  /// There is no keyboard controller to reset it by, and the kernel would wait for it.
  std::string kernel_words() const override { return fmt::format(" {},t", kRestartAfterPanic); }
  /// " virtio_mmio.device=512@0xfeb00e00:12" (hw/i386/microvm.c), last of all.
  std::size_t bytes_per_device() const override { return 40; }
  bool has_roms() const override { return false; }
  unsigned most_disks(unsigned others) const override {
    return others < kMicrovmDevices ? kMicrovmDevices - others : 0;
  }
  std::unique_ptr<Slots> slots(const machine::MachineSpec& /*spec*/) const override {
    return std::make_unique<MmioSlots>();
  }
};

}  // namespace

const Board& board_microvm() {
  static const Microvm board;
  return board;
}

}  // namespace quiz::qemu
