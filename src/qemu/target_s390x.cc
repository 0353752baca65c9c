#include "qemu/target_s390x.h"

namespace quiz::qemu {

namespace {

using namespace std::chrono_literals;

class TargetS390x : public Target {
 public:
  std::string_view architecture() const override { return "s390x"; }

  const Board& board(const machine::MachineSpec& /*spec*/) const override { return board_ccw(); }

  std::string cpu(machine::Accelerator accelerator) const override {
    return accelerator == machine::Accelerator::kvm ? "host" : "max";
  }

  /// A kernel that panics loads a disabled wait, which QEMU reports (GUEST_PANICKED).
  std::optional<PanicMark> panic_mark() const override { return std::nullopt; }

  SysRqPrefix sysrq_prefix() const override { return SysRqPrefix::control_o; }

  /// Before QEMU 9.2 or so an interrupt that is on its way is not saved, and an image that lacks
  /// one is bad for ever: 4 of 33 that were saved at once, none of 30 after a rest.
  Saving saving() const override { return {.rest = 300ms, .proved = true}; }
};

}  // namespace

const Target& target_s390x() {
  static const TargetS390x target;
  return target;
}

}  // namespace quiz::qemu
