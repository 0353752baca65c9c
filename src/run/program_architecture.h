// Is the program one for the machine? Told before anything is started, of a file of the host's that
// the guest will see: there is only an "Exec format error" otherwise, or the wrong program.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "base/architecture.h"
#include "run/request.h"

namespace quiz::run {

/// Of which architecture a program is, by the header of its ELF file; nullopt: it is no ELF file,
/// or of none that quiz knows. Pure.
std::optional<base::Architecture> architecture_of_program(std::string_view header);

/// Bytes that are enough for it.
inline constexpr std::size_t kElfHeaderSize = 20;

/// The same of a file, which need not be readable.
std::optional<base::Architecture> architecture_of_file(const std::filesystem::path& file);

/// Throws base::Error, with what compiles for the machine, where the program is a file of the
/// caller's directory and for another architecture. Only asked of foreign machines: what the host's
/// own cannot run tells them execve(2).
void check_program_architecture(const Request& request);

}  // namespace quiz::run
