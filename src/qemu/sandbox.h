// Whether a QEMU has the filter of system calls that its option -sandbox turns on.
#pragma once

#include <string>

namespace quiz::qemu {

/// True for an ELF program that is linked with libseccomp; of scripts nothing is known.
bool has_sandbox(const std::string& program);

}  // namespace quiz::qemu
