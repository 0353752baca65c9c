// The umask of who started quiz is the program's in the guest. quiz itself must be able to use what
// it makes: a mask that takes rights from the owner (umask 0177) would leave directories that no
// later run can enter.
#pragma once

#include <sys/types.h>

namespace quiz::base {

/// The mask that quiz was started with. The first call, which is main's, leaves this process the
/// part of it that concerns others than the owner.
mode_t caller_umask();

}  // namespace quiz::base
