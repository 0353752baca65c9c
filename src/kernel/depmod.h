// depmod(8) for a kernel that is being put into the store: Debian's packages leave modules.dep to
// their installation.
#pragma once

#include <filesystem>
#include <string>

#include "base/reporter.h"

namespace quiz::kernel {

/// Makes modules.dep and its companions in `modules`/lib/modules/`release`, unless they are there.
/// Without a depmod on the host nothing is made and the user is told: quiz loads its own modules
/// without, the guest's modprobe finds none.
void run_depmod(const std::filesystem::path& modules, const std::string& release,
                base::Reporter& reporter);

}  // namespace quiz::kernel
