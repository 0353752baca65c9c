// FreeBSD's amd64 kernel as a file: its marks, what it says of its version, and the checks before
// it is loaded. Pure; freebsd_plan.cc loads it, loader.cc asks for the marks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "boot/elf_image.h"

namespace quiz::boot {

/// Whether the bytes are a kernel of FreeBSD for amd64 by its own marks: ELF's ABI or its note, and
/// an entry point above KERNBASE. Never throws: what is damaged has no marks.
bool looks_like_freebsd(std::string_view bytes);

struct FreebsdKernel {
  ElfImage image;       ///< its physical addresses are those of KERNBASE's mapping
  std::string version;  ///< "15.1-RELEASE …", one line; empty where the file does not say
  /// The table of symbols as the kernel takes it: size, symbols, size, names; empty where there is
  /// none.
  std::string symbols;
};

/// Throws base::Error with what is wrong: another machine's kernel, none of FreeBSD's or one before
/// FreeBSD 12, one that has no native entry point.
FreebsdKernel parse_freebsd_kernel(std::string_view bytes);

}  // namespace quiz::boot
