// What of the host a run's QEMU may see, read, write and use up: from the request to a
// confinement::Request. run.cc and bare_run.cc ask; src/confinement enforces.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/paths.h"
#include "base/reporter.h"
#include "confinement/confinement.h"
#include "machine/machine_spec.h"
#include "run/bare_run.h"
#include "run/instance.h"
#include "run/run.h"

namespace quiz::run {

/// For a run with these disks.
confinement::Request confinement_request(const Request& request, const base::Paths& paths,
                                         const Instance& instance,
                                         const std::vector<machine::Disk>& disks);

/// For a bare kernel, whose files are in `directory`.
confinement::Request confinement_request(const BareRequest& request, const Instance& instance,
                                         const std::filesystem::path& directory);

/// Tells what this host lacks to confine QEMU: with -v, as a warning where a promise is not kept,
/// and (strict) by throwing base::Error.
void tell_weaknesses(const confinement::Confinement& confinement, bool strict,
                     base::Reporter& reporter);

}  // namespace quiz::run
