// What the output of a kernel's make says: how far it is, and what went wrong first. Pure.
#pragma once

#include <string>
#include <string_view>

namespace quiz::build {

/// Whether the line tells of an object, program or archive that is being made: "  CC      a.o".
bool is_build_step(std::string_view line);

/// The first real error in a log: a compiler's with file and line, a linker's, a tool's that is
/// missing; else make's own first "***"; empty if there is none. One line.
std::string first_build_error(std::string_view log);

/// The Debian package that holds what an error says is missing ("fatal error: gelf.h: No such …",
/// "flex: not found"); empty if that is unknown or nothing is missing.
std::string package_for_build_error(std::string_view error);

}  // namespace quiz::build
