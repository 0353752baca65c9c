// A kernel that the user has into the store: an image, or a Debian package.
#pragma once

#include <filesystem>
#include <string>

#include "base/reporter.h"
#include "kernel/store.h"

namespace quiz::kernel {

struct AddRequest {
  fs::path path;     ///< a bzImage, a vmlinux or a .deb
  std::string name;  ///< of the entry; the kernel's release if empty
  fs::path modules;  ///< holds lib/modules/RELEASE, or is that directory; where empty,
                     ///< find_modules_for(path) says
};

/// Copies the kernel into the store. Throws base::Error: no kernel, no such modules, the name is
/// taken, a full disk.
Kernel add_kernel(Store& store, const AddRequest& request, base::Reporter& reporter);

}  // namespace quiz::kernel
