// What quiz knows about a message of the guest's kernel that its reader may not: where a thing that
// works on the host does not work in a machine, and what does.
#pragma once

#include <string_view>

namespace quiz::cli {

/// `message` is one line of the kernel's log, without level and time. Empty: there is no more to
/// say. Pure.
std::string_view kernel_hint(std::string_view message);

}  // namespace quiz::cli
