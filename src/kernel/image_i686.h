// The bzImage of a 32-bit kernel for PCs (Documentation/arch/x86/boot.rst): what it says of itself,
// checked. QEMU's own loader boots it as it is; src/boot enters 64-bit kernels alone. Pure
// functions on bytes, no I/O.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace quiz::kernel {

struct ImageI686 {
  std::string version;       ///< "6.1.0-50-686-pae (debian-kernel@…) #1 SMP …"
  std::uint64_t memory = 0;  ///< the end of what it needs, in bytes
};

/// Whether the bytes are a bzImage without a 64-bit entry.
bool looks_like_i686(std::string_view bytes);

/// Throws base::Error with a sentence about what is wrong ("its header is cut off").
ImageI686 parse_i686(std::string_view bytes);

}  // namespace quiz::kernel
