// A name that somebody else chose, as it may be printed.
#pragma once

#include <string>
#include <string_view>

namespace quiz::base {

/// In double quotes, on one line, in ASCII: what is something else is shown as \xNN.
std::string quoted(std::string_view name);

}  // namespace quiz::base
