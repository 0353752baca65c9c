// The flat image of arm64 and riscv64, the whole kernel behind a header of 64 bytes
// (Documentation/arch/arm64/booting.rst, Documentation/arch/riscv/boot-image-header.rst). Pure
// functions on bytes, no I/O.
#pragma once

#include <cstdint>
#include <string_view>

namespace quiz::kernel {

struct FlatImage {
  std::uint64_t memory = 0;  ///< bytes that it takes from where it is loaded on
};

/// Whether the bytes have the mark of one.
bool looks_like_flat_image(std::string_view bytes);

/// Throws base::Error with a sentence about what is wrong ("its header is cut off").
FlatImage parse_flat_image(std::string_view bytes);

}  // namespace quiz::kernel
