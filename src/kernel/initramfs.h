// The initial RAM file system of a guest: quiz's own init and just the modules it needs to see its
// devices. Made once per kernel and init, then found again by stat(2) alone.
//
// Content: /init (0755); /dev/console (5:1); empty /dev, /proc, /sys, /run; /modules/NN-NAME.ko,
// uncompressed, in the order in which they must be loaded; /modules/order, their file names in that
// order, one a line (empty if none); /modules/devname, the kernel's modules.devname: the devices by
// which modules are loaded when somebody opens them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/kernel.h"

namespace quiz::kernel {

struct WantedModule {
  std::string name;
  bool required = true;  ///< an optional one is left out where the kernel does not have it
};

/// What every guest of quiz needs: transports, the wire's port, the 9p root, overlay, entropy.
std::vector<WantedModule> default_modules(const base::Architecture& architecture);

/// Makes, or finds in `cache`/initramfs, the image for this kernel and returns its path.
/// `init_binary` is the content of /init; `init_sha256` its checksum, computed if empty. A kernel
/// without a module directory is taken to have everything built in. Throws base::Error when a
/// required module is missing, or the cache cannot be written.
fs::path make_initramfs(const Kernel& kernel, std::string_view init_binary,
                        const std::vector<WantedModule>& wanted, const fs::path& cache,
                        std::string init_sha256 = {});

}  // namespace quiz::kernel
