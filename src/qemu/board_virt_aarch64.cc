#include <fmt/format.h>

#include "qemu/target_aarch64.h"

namespace quiz::qemu {

namespace {

/// NUM_VIRTIO_TRANSPORTS of hw/arm/virt.c.
constexpr unsigned kTransports = 32;

/// QEMU gives each device the next transport.
class MmioSlots : public Slots {
 public:
  std::string device(const char* model) override { return fmt::format("virtio-{}-device", model); }
};

class Virt : public Board {
 public:
  explicit Virt(const char* machine) : machine_(machine) {}

  const char* name() const override { return "virt"; }
  std::vector<std::string> words() const override {
    return {"-machine", machine_, "-global", "virtio-mmio.force-legacy=false"};
  }
  bool has_roms() const override { return false; }
  unsigned most_disks(unsigned others) const override {
    return others < kTransports ? kTransports - others : 0;
  }
  std::unique_ptr<Slots> slots(const machine::MachineSpec& /*spec*/) const override {
    return std::make_unique<MmioSlots>();
  }

 private:
  const char* machine_;
};

class Virt32 : public Virt {
 public:
  Virt32() : Virt("virt") {}
  unsigned most_cpus() const override { return 8; }
  /// With 4 GiB, the end of which lies above 32 bits, the kernel ends before init.
  unsigned most_memory_mib() const override { return 3072; }
};

}  // namespace

const Board& board_virt_aarch64() {
  static const Virt board("virt,gic-version=3");
  return board;
}

const Board& board_virt_armv7l() {
  static const Virt32 board;
  return board;
}

}  // namespace quiz::qemu
