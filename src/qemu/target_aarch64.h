// QEMU's virt machine for ARM with 64 bits: devices at fixed addresses that a device tree names.
// Only target.cc knows of it.
#pragma once

#include "qemu/target.h"

namespace quiz::qemu {

const Board& board_virt_aarch64();
const Target& target_aarch64();

}  // namespace quiz::qemu
