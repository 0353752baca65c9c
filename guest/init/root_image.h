// The file system image that is the base of the guest's `/`, on a disk of the machine's own. It is
// mounted before the host says anything about the run: a saved machine has it mounted already.
#pragma once

#include <string>

namespace quiz::init {

/// Mounts the disk whose serial number is `serial`, read-only. Switches the machine off with a
/// reason when that fails.
void mount_root_image(const std::string& serial, const std::string& target);

}  // namespace quiz::init
