// QEMU's virt machine for RISC-V with 64 bits, with the firmware that QEMU brings (OpenSBI). Only
// target.cc knows of it.
#pragma once

#include "qemu/target.h"

namespace quiz::qemu {

const Board& board_virt_riscv64();
const Target& target_riscv64();

}  // namespace quiz::qemu
