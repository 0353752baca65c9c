// What a kernel is compiled with: the variables that its make is given, and whether the programs
// are there. Asked by configure.h and build.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/architecture.h"

namespace quiz::kernel {

struct Toolchain {
  base::Architecture architecture = base::host_architecture();  ///< of the kernels
  /// "ARCH=…", "CROSS_COMPILE=s390x-linux-gnu-", "CC=ccache gcc", "LLVM=-19"
  std::vector<std::string> make_variables;
  std::string compiler;     ///< program: "gcc", "clang-19"
  std::string description;  ///< its version as it says it: "gcc (Debian …) 12.2.0"
  std::string strip;        ///< program
};

/// GCC, for another architecture Debian's cross compiler, or with `llvm` Clang and LLD: "" for the
/// plain names, "19" for clang-19. A ccache that is installed is used. Throws base::Error naming
/// the Debian packages of whatever is missing, or an LLD that cannot link for the architecture.
Toolchain find_toolchain(const std::optional<std::string>& llvm,
                         const base::Architecture& architecture);

/// "make", and what it must be told in a tree of that architecture: "make ARCH=s390
/// CROSS_COMPILE=s390x-linux-gnu-". Pure.
std::string make_command(const base::Architecture& architecture);

/// Throws base::Error naming the Debian package if `make menuconfig` cannot be compiled.
void require_menu();

}  // namespace quiz::kernel
