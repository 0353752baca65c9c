#include "qemu/target_ppc64le.h"

namespace quiz::qemu {

namespace {

class TargetPpc64le : public Target {
 public:
  std::string_view architecture() const override { return "ppc64le"; }

  const Board& board(const machine::MachineSpec& /*spec*/) const override {
    return board_pseries();
  }

  std::string cpu(machine::Accelerator accelerator) const override {
    return accelerator == machine::Accelerator::kvm ? "host" : "power9";
  }

  /// The kernel tells its hypervisor (ibm,os-term), and QEMU reports it (GUEST_PANICKED).
  std::optional<PanicMark> panic_mark() const override { return std::nullopt; }

  SysRqPrefix sysrq_prefix() const override { return SysRqPrefix::control_o; }

  /// QEMU 7.2 does not bring back the timer of a CPU (its decrementer): what waits for a time in a
  /// machine that goes on waits for ever.
  Saving saving() const override { return {.possible = false}; }
};

}  // namespace

const Target& target_ppc64le() {
  static const TargetPpc64le target;
  return target;
}

}  // namespace quiz::qemu
