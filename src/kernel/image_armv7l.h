// The zImage of an ARM with 32 bits (arch/arm/boot/compressed/head.S and vmlinux.lds.S): a packed
// kernel behind the program that unpacks it. QEMU boots it as it is; what it says of itself is read
// here. Pure functions on bytes, no I/O.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace quiz::kernel {

struct ImageArmv7l {
  std::string kernel;        ///< unpacked
  std::uint64_t memory = 0;  ///< what unpacking and running it takes, in bytes
};

/// Whether the bytes have the mark of one.
bool looks_like_armv7l(std::string_view bytes);

/// Throws base::Error with a sentence about what is wrong ("its header is cut off").
ImageArmv7l parse_armv7l(std::string_view bytes);

}  // namespace quiz::kernel
