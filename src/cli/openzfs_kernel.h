// Which kernel of the store OpenZFS is built for: joins src/kernel and src/openzfs, which do not
// know each other.
#pragma once

#include <string>

#include "cli/command.h"
#include "openzfs/meta.h"
#include "openzfs/target.h"

namespace quiz::cli {

/// For the architecture of the context's settings. `selector` is a kernel's name or path; empty:
/// the newest kernel of the store that was built with what OpenZFS needs and that its META allows,
/// for another architecture than the host's also Debian's own, which is fetched if there is none;
/// what modules for it are compiled against is fetched then. A selector that means several ("6.12")
/// takes the one that fits, and says so. Throws base::Error naming what the kernel lacks and the
/// command that builds one.
openzfs::Target openzfs_target(const Context& context, const openzfs::Meta& meta,
                               const std::string& selector);

}  // namespace quiz::cli
