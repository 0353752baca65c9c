// The boot image of s390x (arch/s390/boot): what it says of itself, checked. It unpacks itself, so
// that it is booted as it is. Pure functions on bytes, no I/O.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace quiz::kernel {

struct ImageS390x {
  std::string version;  ///< "6.1.0-50-s390x (debian-kernel@…) #1 SMP …"
};

/// Whether the bytes have the mark of one.
bool looks_like_s390x(std::string_view bytes);

/// Throws base::Error with a sentence about what is wrong ("it does not say which release …").
ImageS390x parse_s390x(std::string_view bytes);

}  // namespace quiz::kernel
