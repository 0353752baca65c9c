#include <fmt/format.h>

#include "qemu/target_s390x.h"

namespace quiz::qemu {

namespace {

/// Far less than there are numbers of channels (hw/s390x/css.c); what QEMU opens for so many is
/// limited before.
constexpr unsigned kMostDevices = 1024;

/// QEMU numbers the devices as they come.
class ChannelSlots : public Slots {
 public:
  std::string device(const char* model) override { return fmt::format("virtio-{}-ccw", model); }
};

class Ccw : public Board {
 public:
  const char* name() const override { return "s390-ccw-virtio"; }
  std::vector<std::string> words() const override { return {"-machine", name()}; }
  bool has_roms() const override { return false; }
  unsigned most_disks(unsigned others) const override {
    return others < kMostDevices ? kMostDevices - others : 0;
  }
  std::unique_ptr<Slots> slots(const machine::MachineSpec& /*spec*/) const override {
    return std::make_unique<ChannelSlots>();
  }
};

}  // namespace

const Board& board_ccw() {
  static const Ccw board;
  return board;
}

}  // namespace quiz::qemu
