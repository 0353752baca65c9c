// Kernel images as files: is it one, of which release, and which bytes are to be booted. Used by
// everything that puts a kernel into the store, and for `-k PATH`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/architecture.h"
#include "kernel/kernel.h"

namespace quiz::kernel {

/// An image in memory, checked and ready to boot.
struct LoadedImage {
  std::string
      data;  ///< an uncompressed vmlinux with a PVH entry, or a bzImage whose vmlinux has none
  bool extracted = false;  ///< `data` is not what the file contains but was extracted from it
  std::string release;
  std::string version;
  base::Architecture architecture = base::host_architecture();
  std::uint64_t memory_needed = 0;
};

/// Reads a bzImage or vmlinux. Throws base::Error: unreadable, of an architecture that quiz has no
/// machines of, or "PATH is no kernel: …".
LoadedImage load_image(const fs::path& path);

/// Describes the image file for `-k PATH`, without the store. What was extracted, and what was
/// found out, is kept in `cache`/images, keyed by the file's identity. Modules are those beside it,
/// or the host's of the same release. Throws base::Error as load_image.
Kernel describe_image(const fs::path& path, const fs::path& cache);

/// Where the kernel's make puts what is booted: BUILD/arch/x86/boot/…; and what it calls it.
fs::path built_image(const fs::path& build, const base::Architecture& architecture);
std::string image_target(const base::Architecture& architecture);

/// The directory with lib/modules/RELEASE that belongs to an image at `path`: its own directory, a
/// "modules" beside it, or "/" if that is of its architecture. Empty if there is none.
fs::path find_modules_for(const fs::path& path, const std::string& release,
                          const base::Architecture& architecture);

}  // namespace quiz::kernel
