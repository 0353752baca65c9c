// Which module files must be loaded, in which order, so that wanted modules work: from modules.dep,
// or where that is missing (Debian's packages leave it to their installation) from the modules
// themselves. Makes no decision about which modules are wanted; initramfs.h does.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace quiz::kernel {

struct ModulePlan {
  std::vector<std::filesystem::path> files;  ///< absolute, each after those that it depends on
  std::vector<std::string> missing;          ///< wanted, but neither built in nor there
};

/// Module names as the kernel compares them: "virtio-rng.ko.xz" and "virtio_rng" are both
/// "virtio_rng".
std::string module_name(const std::string& file_or_name);

/// `directory` is lib/modules/RELEASE. Modules that are built in are skipped. Throws base::Error
/// when the directory or a module in it cannot be read, or a module depends on one that is not
/// there.
ModulePlan plan_modules(const std::filesystem::path& directory,
                        const std::vector<std::string>& wanted);

}  // namespace quiz::kernel
