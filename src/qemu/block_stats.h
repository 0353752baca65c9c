// What QEMU says of its disks' traffic (`info blockstats`). Pure; QEMU may have been taken over,
// and whatever it says only names and numbers are made of it.
#pragma once

#include <string_view>
#include <vector>

#include "machine/machine.h"

namespace quiz::qemu {

std::vector<machine::DiskTraffic> parse_block_stats(std::string_view text);

}  // namespace quiz::qemu
