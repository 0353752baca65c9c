// QEMU's machine of IBM's servers, pseries: a partition under a hypervisor, which is QEMU itself
// and is told of a panic. Only target.cc knows of it.
#pragma once

#include "qemu/target.h"

namespace quiz::qemu {

const Board& board_pseries();
const Target& target_ppc64le();

}  // namespace quiz::qemu
