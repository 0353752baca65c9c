// From the bzImage that distributions ship to the vmlinux that QEMU boots without decompressing
// anything in the guest (under software emulation that costs 0.6 to 1.8 s a boot).
#pragma once

#include <string>
#include <string_view>

namespace quiz::kernel {

/// The uncompressed kernel inside a bzImage. Throws base::Error with a sentence that begins like
/// "its payload …"; the caller names the file.
std::string extract_vmlinux(std::string_view bzimage);

}  // namespace quiz::kernel
