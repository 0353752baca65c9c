// QEMU's virt machine for ARM with 64 bits, and with 32: devices at fixed addresses that a device
// tree names. Only target.cc knows of it.
#pragma once

#include "qemu/target.h"

namespace quiz::qemu {

const Board& board_virt_aarch64();
const Target& target_aarch64();

/// Up to 8 CPUs: those of 32 bits were made for an interrupt controller that knows no more.
const Board& board_virt_armv7l();
const Target& target_armv7l();

}  // namespace quiz::qemu
