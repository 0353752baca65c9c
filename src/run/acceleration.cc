#include "run/acceleration.h"

#include <fmt/format.h>

#include "base/error.h"
#include "kvm/acceleration_probe.h"

namespace quiz::run {

AcceleratorDecision choose_accelerator(config::Accelerator choice,
                                       const base::Architecture& architecture,
                                       const machine::Monitor& monitor, const base::Paths& paths) {
  if (!monitor.can_emulate()) return {machine::Accelerator::kvm, "the only one that it has"};
  if (choice == config::Accelerator::kTcg) return {machine::Accelerator::tcg, "as asked for"};
  if (!(architecture == base::host_architecture())) {
    const std::string why =
        fmt::format("{} is not the architecture of this machine", architecture.name);
    if (choice != config::Accelerator::kKvm) return {machine::Accelerator::tcg, why};
    throw base::Error("KVM cannot be used: " + why, "run without --accel=kvm");
  }
  const kvm::Acceleration acceleration = kvm::cached_acceleration(paths.cache);
  if (acceleration.usable) return {machine::Accelerator::kvm, acceleration.explanation};
  if (choice == config::Accelerator::kKvm) {
    const std::string obstacle = kvm::why_nothing_runs();
    if (obstacle.empty()) {
      return {machine::Accelerator::kvm, "as asked for, although " + acceleration.explanation};
    }
    throw base::Error("KVM cannot be used: " + obstacle,
                      "run without --accel=kvm; `quiz doctor` says more");
  }
  return {machine::Accelerator::tcg, acceleration.explanation};
}

std::string describe(const AcceleratorDecision& decision) {
  return fmt::format("accelerator: {} ({})",
                     decision.accelerator == machine::Accelerator::kvm ? "KVM" : "TCG",
                     decision.explanation);
}

bool may_be_emulated(config::Accelerator choice, const machine::Monitor& monitor,
                     machine::Accelerator taken) {
  return taken == machine::Accelerator::kvm && choice == config::Accelerator::kAuto &&
         monitor.can_emulate();
}

std::string emulated_instead(const std::string& reason) {
  return "QEMU failed under KVM (" + reason + "): once more with emulation";
}

}  // namespace quiz::run
