#include "qemu/target_x86_64.h"

namespace quiz::qemu {

namespace {

class TargetX86 : public Target {
 public:
  explicit TargetX86(std::string_view architecture) : architecture_(architecture) {}

  std::string_view architecture() const override { return architecture_; }

  const Board& board(const machine::MachineSpec& spec) const override {
    const bool fits = virtio_devices(spec) <= kMicrovmDevices && !spec.hot_plug;
    return spec.devices_by_command_line && fits ? board_microvm() : board_q35();
  }

  std::string cpu(machine::Accelerator accelerator) const override {
    // TCG interprets `rep movsb` byte by byte, but whole words with `rep movsq`: without erms (and
    // fsrm, where QEMU knows it) the kernel and the C library copy by words. Five-level page tables
    // make every TLB miss longer.
    return accelerator == machine::Accelerator::kvm ? "host" : "max,erms=off,fsrm=off,la57=off";
  }

  std::optional<PanicMark> panic_mark() const override { return kWarmRestart; }

 private:
  std::string_view architecture_;
};

}  // namespace

const Target& target_x86_64() {
  static const TargetX86 target("x86_64");
  return target;
}

const Target& target_i686() {
  static const TargetX86 target("i686");
  return target;
}

}  // namespace quiz::qemu
