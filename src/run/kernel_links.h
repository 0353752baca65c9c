// Where the guest finds the configuration of its kernel and what that was built in, by the names
// that programs look for: /boot/config-RELEASE and /lib/modules/RELEASE/build.
#pragma once

#include <vector>

#include "root/sharing.h"
#include "run/request.h"
#include "wire/messages.h"

namespace quiz::run {

/// Symbolic links for the guest's `/`, to what it sees already. What the root has by such a name
/// is left as it is.
std::vector<wire::BundleFile> kernel_links(const Request& request, const root::SharingFacts& facts);

}  // namespace quiz::run
