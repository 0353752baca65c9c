// Capabilities of programs on the host (capabilities(7), file capabilities): QEMU's 9p server does
// not pass that attribute on, so the guest is told.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "wire/messages.h"

namespace quiz::run {

/// Those of `program` (empty: none) and of what lies in the directories of PATH in `environment`
/// ("NAME=VALUE"), by their paths without symbolic links, each once. Some milliseconds.
std::vector<wire::FileCapability> file_capabilities(const std::filesystem::path& program,
                                                    const std::vector<std::string>& environment);

}  // namespace quiz::run
