#include "qemu/target_riscv64.h"

namespace quiz::qemu {

namespace {

class TargetRiscv64 : public Target {
 public:
  std::string_view architecture() const override { return "riscv64"; }

  const Board& board(const machine::MachineSpec& /*spec*/) const override {
    return board_virt_riscv64();
  }

  std::string cpu(machine::Accelerator accelerator) const override {
    return accelerator == machine::Accelerator::kvm ? "host" : "rv64";
  }

  /// None: a panic is told by the console alone.
  std::optional<PanicMark> panic_mark() const override { return std::nullopt; }

  /// QEMU 7.2 does not bring back the timer of a CPU (its timecmp): what waits for a time in a
  /// machine that goes on waits for ever.
  Saving saving() const override { return {.possible = false}; }
};

}  // namespace

const Target& target_riscv64() {
  static const TargetRiscv64 target;
  return target;
}

}  // namespace quiz::qemu
