// What of the host a run's QEMU may see, read, write and use up: from the request to a
// confinement::Request. plan.cc and bare_run.cc ask; src/confinement enforces.
#pragma once

#include <filesystem>
#include <vector>

#include "base/reporter.h"
#include "confinement/confinement.h"
#include "machine/monitor.h"
#include "run/bare_run.h"
#include "run/instance.h"
#include "run/places.h"
#include "run/request.h"

namespace quiz::run {

/// For a run. Pure.
confinement::Request confinement_request(const Request& request, const Places& places);

/// What a run's QEMU does not see.
std::vector<std::filesystem::path> hidden_from_qemu(const Request& request, const Places& places);

/// For a bare kernel, whose files are in `directory`.
confinement::Request confinement_request(const BareRequest& request,
                                         const machine::Monitor& monitor, const Instance& instance,
                                         const std::filesystem::path& directory);

/// Tells what this host lacks to confine QEMU: with -v, as a warning where a promise is not kept,
/// and (strict) by throwing base::Error.
void tell_weaknesses(const confinement::Confinement& confinement, bool strict,
                     base::Reporter& reporter);

}  // namespace quiz::run
