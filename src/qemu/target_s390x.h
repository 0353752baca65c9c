// QEMU's machine of IBM's mainframes, s390-ccw-virtio: its devices are on channels, and the
// hardware itself tells of a panic. Only target.cc knows of it.
#pragma once

#include "qemu/target.h"

namespace quiz::qemu {

const Board& board_ccw();
const Target& target_s390x();

}  // namespace quiz::qemu
