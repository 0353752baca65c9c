// The words of the kernel's command line that are for init: NAME=VALUE.
#pragma once

#include <string>

namespace quiz::init {

/// The value of NAME=; empty if it is not there.
std::string parameter(const std::string& kernel_command_line, const std::string& name);

}  // namespace quiz::init
