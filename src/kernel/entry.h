// From files that belong together (image, config, modules) to an entry of the store; the common end
// of fetch_debian and add_kernel.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "base/reporter.h"
#include "kernel/store.h"

namespace quiz::kernel {

struct EntryRequest {
  std::string name;    ///< of the entry; "RELEASE" if empty
  std::string source;  ///< Kernel::source
  std::string origin;  ///< Kernel::origin
  fs::path image;      ///< a bzImage or vmlinux
  fs::path config;     ///< may be empty
  fs::path
      modules;  ///< holds lib/modules/RELEASE; moved if inside the draft, else copied; may be empty
  std::string version;  ///< Kernel::version; what the image says if empty
  std::string variant;  ///< Kernel::variant
  fs::path kbuild;      ///< Kernel::kbuild and symbols: inside the draft already; may be empty
  fs::path symbols;
  bool replace = false;  ///< an entry of that name
  fs::path scratch;  ///< a directory of the draft that the entry shall not contain; may be empty
};

/// Extracts the image, takes the rest over and publishes the draft. Throws base::Error ("… is no
/// kernel").
Kernel make_entry(Store& store, Store::Draft draft, const EntryRequest& request,
                  base::Reporter& reporter);

/// Where a file of a kernel's Debian package goes when it is unpacked: boot/vmlinu[xz]-*,
/// boot/config-*, lib/modules/** (from usr/lib/modules too); nullopt: no machine needs it.
std::optional<fs::path> place_of_kernel_file(const fs::path& path);

/// Fills in the request's files from an unpacked Debian kernel package: `unpacked` (inside the
/// draft) holds boot/vmlinuz-RELEASE and lib/modules/, or since Linux 6.17
/// lib/modules/RELEASE/vmlinuz. Throws base::Error if there is no kernel in it.
void use_package(EntryRequest& request, const fs::path& unpacked,
                 const base::Architecture& architecture = base::host_architecture());

/// Throws base::Error unless `needed` bytes are free where `directory` is or will be. `what` is
/// what for: "the kernel X".
void require_space(const fs::path& directory, std::uint64_t needed, const std::string& what);

/// Runs `work`; a full disk or quota becomes an Error that names the directory and the bytes
/// needed.
void with_full_disk_explained(const fs::path& directory, std::uint64_t needed,
                              const std::string& what, const std::function<void()>& work);

}  // namespace quiz::kernel
