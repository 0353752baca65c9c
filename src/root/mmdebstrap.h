// mmdebstrap(1) as quiz uses it: chosen packages of a suite become a tar archive. It installs in a
// chroot as root, in a user namespace with subordinate ids or by fakechroot as anybody else.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/architecture.h"
#include "base/reporter.h"
#include "build/apt.h"
#include "root/emulator.h"

namespace quiz::root {

struct Installation {
  std::string suite;
  base::Architecture architecture = base::host_architecture();
  std::vector<build::AptSource> sources;
  std::vector<std::string> packages;  ///< besides Debian's minbase
  std::int64_t epoch = 0;             ///< seconds; what is made while installing has this time
  Emulator emulator{};                ///< for the packages' scripts
};

/// Makes `archive` in `scratch`, a directory for temporary things too. Shows its steps. Throws
/// base::Error when there is no mmdebstrap, when it fails (with its first complaint), or with
/// 128 + n when signal n interrupts it; it has removed what it made then.
void run_mmdebstrap(const Installation& installation, const std::filesystem::path& scratch,
                    const std::filesystem::path& archive, base::Reporter& reporter);

}  // namespace quiz::root
