// Of which architecture a kernel image is whose format src/boot does not read: so that a kernel for
// another machine is refused by its name and not as a file of no sense. Reads the first bytes only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace quiz::kernel {

/// By the marks of Documentation/arch/arm64/booting.rst and riscv/boot-image-header.rst,
/// arch/s390/boot/head.S, a bzImage's missing 64-bit entry, and an ELF file's e_machine; in uname's
/// word. nullopt for what src/boot reads and for what is none of these. Pure.
std::optional<std::string> foreign_architecture(std::string_view image);

}  // namespace quiz::kernel
