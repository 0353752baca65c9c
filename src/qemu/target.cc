#include "qemu/target.h"

#include <fmt/format.h>

#include <array>

#include "base/error.h"
#include "qemu/target_aarch64.h"
#include "qemu/target_ppc64le.h"
#include "qemu/target_riscv64.h"
#include "qemu/target_s390x.h"
#include "qemu/target_x86_64.h"

namespace quiz::qemu {

const Target& target_of(const base::Architecture& architecture) {
  const std::array targets = {&target_x86_64(),  &target_s390x(),   &target_aarch64(),
                              &target_riscv64(), &target_ppc64le(), &target_i686(),
                              &target_armv7l()};
  for (const Target* const target : targets) {
    if (target->architecture() == architecture.name) return *target;
  }
  throw base::Error(fmt::format("quiz cannot drive QEMU's machines of {}", architecture.name));
}

const Board& board_of(const machine::MachineSpec& spec) {
  return target_of(spec.architecture).board(spec);
}

unsigned virtio_devices(const machine::MachineSpec& spec) {
  constexpr unsigned kWireAndEntropy = 2;
  const std::size_t disks = spec.hot_plug ? 1 : spec.disks.size();
  return kWireAndEntropy + static_cast<unsigned>(spec.shares.size() + disks) +
         (spec.network ? 1 : 0) + (spec.lan ? 1 : 0) + (spec.root_image.empty() ? 0 : 1);
}

}  // namespace quiz::qemu
