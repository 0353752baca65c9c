// The Linux x86 bzImage: what its setup header says, checked. Pure functions on bytes, no I/O; who
// has a file name adds it to the message. Source: Documentation/arch/x86/boot.rst. The kernel store
// uses it to find the compressed kernel inside; linux_plan.cc loads by the same facts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace quiz::boot {

/// A checked bzImage of an x86-64 kernel; offsets are from the beginning of the file, sizes in
/// bytes.
struct BzImage {
  std::uint16_t protocol = 0;  ///< boot protocol, 0x020F is 2.15
  std::string version;         ///< "6.1.0-56-amd64 (debian-kernel@…) #1 SMP …", may be empty
  std::uint64_t protected_mode_offset = 0;
  std::uint64_t protected_mode_size = 0;
  std::uint64_t header_end = 0;      ///< of the setup header
  std::uint64_t payload_offset = 0;  ///< the compressed kernel, with what its compressor appended
  std::uint64_t payload_size = 0;    ///< 0: it says nothing of a compressed kernel
  bool relocatable = false;
  std::uint64_t kernel_alignment = 0;
  std::uint64_t preferred_address = 0;
  std::uint64_t init_size = 0;           ///< memory needed from the runtime address on
  std::uint64_t command_line_size = 0;   ///< longest command line, without the NUL
  std::uint64_t initrd_address_max = 0;  ///< the highest byte an initrd may occupy

  /// The first word of the version: what `uname -r` prints.
  std::string release() const { return version.substr(0, version.find(' ')); }
  /// The end of the memory that the kernel needs at the address that it prefers.
  std::uint64_t memory_needed() const { return preferred_address + init_size; }
};

/// Whether the two magic numbers of a bzImage are there (nothing else is checked).
bool looks_like_bzimage(std::string_view bytes);

/// Throws base::Error with a sentence about the first thing that is wrong ("the setup header is cut
/// off"); accepts only 64-bit kernels with boot protocol 2.12 (Linux 3.8) or later.
BzImage parse_bzimage(std::string_view bytes);

}  // namespace quiz::boot
