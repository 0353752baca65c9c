// A guest hook of a profile: a program without a terminal whose output is only of interest when it
// fails. The relay runs the hooks one after the other, each in a session of its own that ends in
// memory.
#pragma once

#include <string>

#include "wire/messages.h"

namespace quiz::relay {

/// A program that prepares the guest, or looks at it when the user's program has ended.
struct Hook {
  std::string name;  ///< "the guest hook of the profile trace"
  wire::Exec exec;   ///< stdout a pipe, stderr joined to it
};

/// So much of a hook's output is kept, its end.
inline constexpr std::size_t kHookOutputKept = 16384;

/// Ended with status 0.
bool is_success(const wire::Exit& exit);
/// The guest's kernel oopsed, or found memory corrupted, while the program ran.
bool tells_of_oops(const wire::Exit& exit);
/// "exited with status 3", "was killed by signal 9", "cannot be run: Permission denied".
std::string describe_end(const wire::Exit& exit);

}  // namespace quiz::relay
