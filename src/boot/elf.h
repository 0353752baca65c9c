// What quiz needs to know of ELF files: whether a vmlinux can be booted and how much memory it
// takes, and sections of modules. Pure functions on bytes, no I/O. Sources: the System V gABI, and
// for PVH xen/include/public/elfnote.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace quiz::boot {

/// A checked executable.
struct ElfKernel {
  std::uint64_t entry = 0;
  std::optional<std::uint64_t> pvh_entry;  ///< physical; without it QEMU does not boot the file
  std::uint64_t memory_begin = 0;          ///< lowest physical address of a PT_LOAD
  std::uint64_t memory_end = 0;            ///< end of the highest one: memory needed
};

/// Whether the bytes begin with ELF's magic number.
bool looks_like_elf(std::string_view bytes);

/// Throws base::Error with a sentence about the first thing that is wrong ("it is not for x86-64").
ElfKernel parse_elf_kernel(std::string_view bytes);

/// The same for any machine that is little-endian and has 64 bits.
ElfKernel parse_elf_executable(std::string_view bytes);

/// The content of a section by name, empty if there is none (or it occupies no bytes). The view is
/// into `bytes`. Any machine's: of 32 or 64 bits, of either byte order. Throws base::Error when the
/// file is not a well-formed ELF file.
std::string_view elf_section(std::string_view bytes, std::string_view name);

/// Linux's own account of itself, as it prints it first.
struct LinuxBanner {
  std::string text;  ///< "Linux version 6.1.0-56-amd64 (debian-kernel@…) … #1 SMP …", one line
  std::string release;  ///< "6.1.0-56-amd64"
};

/// Looks for the banner in an uncompressed kernel.
std::optional<LinuxBanner> find_linux_banner(std::string_view bytes);

}  // namespace quiz::boot
