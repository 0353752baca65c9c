#include "qemu/target_x86_64.h"

namespace quiz::qemu {

namespace {

class TargetX86 : public Target {
 public:
  std::string_view architecture() const override { return "x86_64"; }

  const Board& board(const machine::MachineSpec& spec) const override {
    const bool fits = virtio_devices(spec) <= kMicrovmDevices;
    return spec.devices_by_command_line && fits ? board_microvm() : board_q35();
  }

  std::string cpu(machine::Accelerator accelerator) const override {
    // TCG interprets `rep movsb` byte by byte, but whole words with `rep movsq`: without erms (and
    // fsrm, where QEMU knows it) the kernel and the C library copy by words. Five-level page tables
    // make every TLB miss longer.
    return accelerator == machine::Accelerator::kvm ? "host" : "max,erms=off,fsrm=off,la57=off";
  }

  std::optional<PanicMark> panic_mark() const override { return kWarmRestart; }
};

}  // namespace

const Target& target_x86_64() {
  static const TargetX86 target;
  return target;
}

}  // namespace quiz::qemu
