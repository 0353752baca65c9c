// What a CPU can do, as Linux tells it; for the host's and, in its init, the guest's.
#pragma once

#include <string>

namespace quiz::base {

/// The kernel's names of the first CPU's features, with blanks between: "fpu vme … avx2". Empty if
/// unknown. `cpuinfo`: the text of /proc/cpuinfo. Pure.
std::string cpu_features(const std::string& cpuinfo);

}  // namespace quiz::base
