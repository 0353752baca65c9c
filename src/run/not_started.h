// Why a program could not be started in a machine that this host would start: what a path alone
// does not show to whoever reads "No such file or directory". Looks at the host's files.
#pragma once

#include <string>

#include "run/request.h"

namespace quiz::run {

/// The reason and what to do about it; empty if there is no more to say than `error_number`, the
/// one of execve(2) in the guest, does. Of the host's root only: of another one's files the host
/// knows nothing.
std::string why_not_started(const Request& request, int error_number);

/// The same for a current directory that the machine may not enter; empty if the host's own modes
/// do not tell.
std::string why_not_entered(const Request& request);

}  // namespace quiz::run
