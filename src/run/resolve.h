// From settings to a run's request: the kernel, the root, the layers, the profiles and what is
// hidden are found, whatever a project asks for is agreed to, and every name becomes a path. What
// `quiz PROGRAM` and `quiz layers` begin with. Nothing of the run itself is made here; but a kernel
// that is missing is fetched or built.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/paths.h"
#include "base/reporter.h"
#include "config/settings.h"
#include "run/request.h"

namespace quiz::run {

/// Who asks for a run, beside what the process itself shows: its directory, user and environment.
struct Caller {
  std::array<bool, 3> open_streams{true, true, true};  ///< when quiz was started
};

/// For the program `words` (empty: a shell). Throws base::Error for what cannot be found, what
/// makes no sense together, and what a project may not have or has not been allowed.
Request make_request(const config::Settings& settings, const base::Paths& paths,
                     const Caller& caller, base::Reporter& reporter,
                     const std::vector<std::string>& words);

}  // namespace quiz::run
