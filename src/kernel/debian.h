// Debian's kernel from the host's apt into the store: chosen, downloaded with verified signatures,
// unpacked, never installed. Works for ordinary users and where `apt-get update` has never run:
// then with package lists of quiz's own, which are gone when the fetch ends.
#pragma once

#include <filesystem>

#include "base/reporter.h"
#include "kernel/packages.h"
#include "kernel/store.h"

namespace quiz::kernel {

/// Puts the kernel that fits into the store, as an entry "debian-VERSION", and returns it; a kernel
/// that is there already is returned at once. Lists are looked for in the host's apt; where they do
/// not know the suite or version, or are too old, in new ones below `cache` (base::Paths::cache).
/// Must be called from the main thread. Throws base::Error: no apt, no such suite or version, no
/// network, a full disk, a store that cannot be written; nothing is left then.
Kernel fetch_debian(Store& store, const DebianRequest& request, const fs::path& cache,
                    base::Reporter& reporter);

}  // namespace quiz::kernel
