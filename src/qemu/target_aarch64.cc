#include "qemu/target_aarch64.h"

namespace quiz::qemu {

namespace {

class TargetAarch64 : public Target {
 public:
  std::string_view architecture() const override { return "aarch64"; }

  const Board& board(const machine::MachineSpec& /*spec*/) const override {
    return board_virt_aarch64();
  }

  std::string cpu(machine::Accelerator accelerator) const override {
    // The architecture's own way to authenticate pointers costs an emulator much in every function.
    return accelerator == machine::Accelerator::kvm ? "host" : "max,pauth-impdef=on";
  }

  /// None: a panic is told by the console alone.
  std::optional<PanicMark> panic_mark() const override { return std::nullopt; }
};

}  // namespace

const Target& target_aarch64() {
  static const TargetAarch64 target;
  return target;
}

}  // namespace quiz::qemu
