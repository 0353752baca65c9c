// What this host's CPU can do.
#pragma once

#include <string>

namespace quiz::base {

/// The kernel's names of its features, with blanks between: "fpu vme … avx2". Empty if unknown.
std::string cpu_features();

}  // namespace quiz::base
