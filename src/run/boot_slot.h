// Taking turns at booting. Emulated CPUs of one guest wait for each other by spinning; when many
// more guests boot than the host has CPUs, they spend their time on that and hardly get on.
#pragma once

#include <filesystem>
#include <optional>

#include "base/files.h"

namespace quiz::run {

/// Waits until fewer guests than the host has CPUs are booting (of this user), and takes a place
/// among them until the result is destroyed. After a while it goes on without: a boot that hangs
/// shall not hold up others for ever. `directory` is made if missing; where that fails, no place.
std::optional<base::FileLock> take_boot_slot(const std::filesystem::path& directory);

}  // namespace quiz::run
