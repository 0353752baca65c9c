// What can be told of a QEMU from its program's file: whether it has the filter of system calls
// that its option -sandbox turns on, and what it reads of the host to come up.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace quiz::qemu {

/// True for an ELF program that is linked with libseccomp; of scripts nothing is known.
bool has_sandbox(const std::string& program);

/// Where its libraries and firmware are; `/` for a script, which may start any other.
std::vector<std::filesystem::path> places_of(const std::string& program);

}  // namespace quiz::qemu
