#include "qemu/target_aarch64.h"

namespace quiz::qemu {

namespace {

class TargetArm : public Target {
 public:
  TargetArm(std::string_view architecture, const Board& board, const char* emulated_cpu)
      : architecture_(architecture), board_(board), emulated_cpu_(emulated_cpu) {}

  std::string_view architecture() const override { return architecture_; }

  const Board& board(const machine::MachineSpec& /*spec*/) const override { return board_; }

  std::string cpu(machine::Accelerator accelerator) const override {
    return accelerator == machine::Accelerator::kvm ? "host" : emulated_cpu_;
  }

  /// None: a panic is told by the console alone.
  std::optional<PanicMark> panic_mark() const override { return std::nullopt; }

 private:
  std::string_view architecture_;
  const Board& board_;
  const char* emulated_cpu_;
};

}  // namespace

const Target& target_aarch64() {
  // The architecture's own way to authenticate pointers costs an emulator much in every function.
  static const TargetArm target("aarch64", board_virt_aarch64(), "max,pauth-impdef=on");
  return target;
}

const Target& target_armv7l() {
  static const TargetArm target("armv7l", board_virt_armv7l(), "cortex-a15");
  return target;
}

}  // namespace quiz::qemu
